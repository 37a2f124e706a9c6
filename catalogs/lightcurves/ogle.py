"""Tables of the OGLE Collection of Variable Stars, read by the byte tables in its README (Soszynski
et al., Acta Astron.).

identification(ident.dat, README)     names, types, positions and fields of the stars
parameters(cepF.dat, README, ...)     OGLE's own periods, amplitudes and Fourier parameters
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.astronomy import coordinates
from catalogs.errors import CatalogueError, Faults, listed
from catalogs.schema import note_values

if TYPE_CHECKING:
    import pandas as pd

ROW = re.compile(
    r"^\s*(\d+)\s*-\s*(\d*)\s+([AIF]\S*)\s+(\S+)\s+(\S.*)$|^\s*(\d+)\s+([AIF]\S*)\s+(\S+)\s+(\S.*)$"
)
RIGHT_ASCENSION, DECLINATION = "Right ascension", "Declination"
# Beginnings of the README's descriptions, and our names. The first of each kind is taken: the
# star's first period.
PARAMETERS = {
    "Intensity mean I-band magnitude": "i_mag",
    "Intensity mean V-band magnitude": "v_mag",
    "Period": "period_days",
    "Longer period": "period_days",
    "Longest period": "period_days",
    "I-band amplitude": "amplitude",
    "Fourier coefficient R_21": "r21",
    "Fourier coefficient phi_21": "phi21",
    "Fourier coefficient R_31": "r31",
    "Fourier coefficient phi_31": "phi31",
}


@dataclass(frozen=True)
class ByteField:
    """Characters start to end (None: to the end of the line), counted from 0, and what the README
    says of them.
    """

    start: int
    end: int | None
    kind: str
    unit: str
    description: str

    def cut(self, line: str) -> str:
        """The field of a line, without blanks around it."""
        return line[self.start : self.end].strip()


def byte_table(readme: Path | str, file: str) -> list[ByteField]:
    """The fields of a file as the README describes them under 'Format of ... <file>';
    CatalogueError if it does not.
    """
    lines = Path(readme).read_text(encoding="latin-1").splitlines()
    starts = [
        number for number, line in enumerate(lines) if line.startswith("Format of") and file in line
    ]
    if not starts:
        known = sorted(
            set(
                re.findall(
                    r"[\w.]+\.dat", " ".join(line for line in lines if line.startswith("Format of"))
                )
            )
        )
        raise CatalogueError(
            f"{readme}: no byte table of {file!r}; choose one of: {listed(known, 12)}"
        )
    fields, rules = [], 0
    for line in lines[starts[0] + 1 :]:
        rules += line.startswith("-----")
        if rules == 3:
            break
        match = ROW.match(line)
        if match:
            fields.append(_field(match))
    return fields


def _field(match: re.Match) -> ByteField:
    if match.group(1):
        start, end = int(match.group(1)) - 1, int(match.group(2)) if match.group(2) else None
        return ByteField(start, end, *match.group(3, 4, 5))
    return ByteField(int(match.group(6)) - 1, int(match.group(6)), *match.group(7, 8, 9))


def identification(path: Path | str, readme: Path | str) -> pd.DataFrame:
    """One row a star of ident.dat: object_id, type (mode or subtype as written), field (of OGLE-IV,
    '' where it has no identifier there), ra_deg and dec_deg (J2000); all faulty cells in one
    CatalogueError.
    """
    import pandas as pd

    fields = byte_table(readme, "ident.dat")
    lines = _lines(path)
    table = pd.DataFrame(
        {"object_id": _cells(lines, fields[0]), "type": _cells(lines, fields[1])}, index=lines.index
    )
    faults = Faults(str(path))
    for column, beginning, convert in (
        ("ra_deg", RIGHT_ASCENSION, coordinates.right_ascension),
        ("dec_deg", DECLINATION, coordinates.declination),
    ):
        parts = [field for field in fields if field.description.startswith(beginning)]
        text = lines.str.slice(parts[0].start, parts[-1].end).str.strip()
        table[column], bad = convert(text)
        table["text"] = text
        bad = bad | (text == "").to_numpy()
        note_values(
            faults, table, "text", bad, f"no {beginning.lower()}", "correct it", naming="object_id"
        )
    doubled = table["object_id"].duplicated(keep=False) | (table["object_id"] == "")
    note_values(
        faults,
        table,
        "object_id",
        doubled.to_numpy(),
        "empty or given twice",
        "keep each once",
        naming="object_id",
    )
    faults.raise_if_any()
    ogle4 = next((field for field in fields if field.description.startswith("OGLE-IV ID")), None)
    table["field"] = [name.partition(".")[0] for name in _cells(lines, ogle4)] if ogle4 else ""
    return table.drop(columns="text").reset_index(drop=True)


def parameters(path: Path | str, readme: Path | str, described_as: str = "") -> pd.DataFrame:
    """One row a star: object_id and OGLE's own numbers under the names of PARAMETERS, NaN where it
    gives none. `described_as` is the file's name in the README, if the file is called otherwise.
    """
    import pandas as pd

    fields = byte_table(readme, described_as or Path(path).name)
    lines = _lines(path)
    table = {"object_id": _cells(lines, fields[0])}
    for field in fields[1:]:
        named = [
            name
            for beginning, name in PARAMETERS.items()
            if field.description.startswith(beginning)
        ]
        if named and named[0] not in table:
            table[named[0]] = pd.to_numeric(
                pd.Series(_cells(lines, field)), errors="coerce"
            ).to_numpy(dtype=float)
    return pd.DataFrame(table)


def _lines(path: Path | str) -> pd.Series:
    """The lines with text, indexed by their numbers."""
    import pandas as pd

    lines = Path(path).read_text(encoding="latin-1").splitlines()
    found = {number: line for number, line in enumerate(lines, start=1) if line.strip()}
    if not found:
        raise CatalogueError(f"{path}: no line with text; remedy: fetch it again")
    return pd.Series(found, dtype=object)


def _cells(lines: pd.Series, field: ByteField) -> np.ndarray:
    return np.array([field.cut(line) for line in lines], dtype=object)
