"""Enhanced CSV: text with types, units and descriptions in its head (Aldcroft 2020, Astropy
Proposal 6).

The head is read as plain YAML and no object is built from it: the parts of a SkyCoord or a Time
are columns of their own ('coord.ra', 'coord.dec')."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalogs.errors import CatalogueError
from catalogs.files.unpacking import unpacked
from catalogs.formats.reading import convert, dialect, plain_yaml
from catalogs.formats.reading.lines import Layout, LineSource
from catalogs.formats.source import Field, Source

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "an ECSV table"
NUMBERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
           "float32", "float64", "float128")  # fmt: skip


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins with '# %ECSV'."""
    return head.startswith(b"# %ECSV")


def open(path: Path) -> Source:
    """The table; blank cells are null."""
    return EcsvSource(path, unpacked(path))


class EcsvSource(Source):
    """Lines of text below a head of YAML."""

    def __init__(self, path: Path, plain: Path) -> None:
        skip, head = _head(path, plain)
        self.masks = plain_yaml.masks(head)
        about = plain_yaml.columns(path, head)
        delimiter = str(head.get("delimiter", " "))
        names = [str(column["name"]) for column in about]
        with plain.open(encoding="utf-8", errors="replace") as file:
            lines = [line for _, line in zip(range(skip + 1), file, strict=False)]
        own = dialect.split(lines[-1], "" if delimiter == " " else delimiter) if lines else []
        if len(lines) <= skip or own != names:
            raise CatalogueError(
                f"{path}: damaged: the line of names is not that of its head; remedy: write it"
                " again"
            )
        kinds = {name: _kind(column) for name, column in zip(names, about, strict=True)}
        layout = Layout(
            tuple(names),
            skip + 1,
            delimiter="" if delimiter == " " else delimiter,
            types={name: _cell_type(kind) for name, kind in kinds.items()},
        )
        self.lines = LineSource(path, plain, layout)
        super().__init__(
            path,
            [
                Field(
                    name,
                    kind,
                    str(column.get("unit") or ""),
                    str(column.get("description") or ""),
                    convert.shape_of(kind) if kind is not None else (),
                    "" if kind is not None else "objects or arrays of varying length",
                )
                for (name, kind), column in zip(kinds.items(), about, strict=True)
                if name not in self.masks.values()
            ],
        )

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa
        import pyarrow.compute as pc

        masks = {name: self.masks[name] for name in names if name in self.masks}
        wanted = list(dict.fromkeys([*names, *masks.values()]))
        for batch in self.lines.blocks(wanted):
            columns = {name: self._cells(name, batch.column(name)) for name in names}
            for name, mask in masks.items():
                hidden = pc.fill_null(batch.column(mask), False)
                columns[name] = pc.if_else(
                    hidden, pa.scalar(None, columns[name].type), columns[name]
                )
            yield pa.record_batch(columns)
        self.notes.update(self.lines.notes - self.notes)

    def _cells(self, name: str, column: pa.Array) -> pa.Array:
        """Cells of arrays, which are written as JSON, as lists of fixed size; text that is blank is
        masked.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        kind = self.field(name).type
        if kind is not None and pa.types.is_string(kind):
            return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
        if kind is None or not pa.types.is_fixed_size_list(kind):
            return column
        try:
            values = [json.loads(cell) if cell else None for cell in column.to_pylist()]
            return pa.array(values, kind)
        except (ValueError, TypeError, pa.ArrowInvalid, RecursionError) as error:
            raise CatalogueError(
                f"{self.path}: column {name!r}: a cell is no array of {self.field(name).shape}"
                f" ({error!s:.100}); remedy: write it again"
            ) from error


def _head(path: Path, plain: Path) -> tuple[int, dict[str, Any]]:
    """How many lines of head there are, and what they say."""
    rows = []
    with plain.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line.startswith("#") and line.strip():
                break
            rows.append(line)
            if len(rows) > 1_000_000:
                raise CatalogueError(f"{path}: no end of its head; remedy: write it again")
    text = "".join(row.removeprefix("# ").removeprefix("#") for row in rows[1:])
    return len(rows), plain_yaml.load(path, text)


def _kind(column: dict[str, Any]) -> Any:
    """The Arrow type of a column; None for one that cannot be read."""
    import pyarrow as pa

    datatype, subtype = str(column.get("datatype", "")), str(column.get("subtype", ""))
    if subtype:
        match = re.fullmatch(r"(\w+)\[(\d+(?:,\d+)*)\]", subtype.replace(" ", ""))
        base = _plain(match[1]) if match else None
        if match is None or base is None:
            return None
        for size in reversed(match[2].split(",")):
            base = pa.list_(base, int(size))
        return base
    return _plain(datatype)


def _plain(name: str) -> Any:
    import pyarrow as pa

    if name in NUMBERS:
        return getattr(pa, {"float16": "float32", "float128": "float64"}.get(name, name))()
    return {"string": pa.string(), "bool": pa.bool_(), "str": pa.string()}.get(name)


def _cell_type(kind: Any) -> Any:
    """The type of a cell as it is written: arrays and what cannot be read are text."""
    import pyarrow as pa

    return pa.string() if kind is None or pa.types.is_fixed_size_list(kind) else kind
