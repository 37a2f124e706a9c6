"""One text file per star (and band), in a folder or a tar: columns parted by blanks, as OGLE, ASAS,
NSVS and many others publish.

Thousands of small files are not parsed one by one: their bytes are joined, a few MiB at a time, and
one call of pyarrow's CSV reader parses them, or `fixed_lines` where all lines are alike; in a
second thread while the next are unpacked."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from catalogs.errors import CatalogueError
from catalogs.files.folders import listing
from catalogs.lightcurves.epochs import Epochs, Source, of_objects
from catalogs.lightcurves.sources import fixed_lines
from catalogs.lightcurves.sources.tar_stream import members

JOINED = 1 << 22  # bytes parsed at a time
COMMENT = re.compile(rb"^[ \t]*#.*\n?", re.MULTILINE)
EMPTY = re.compile(rb"^[ \t]*\n", re.MULTILINE)
BLANKS = re.compile(rb"[ \t,;|]+")
NO_CELL = re.compile(rb"^[ \t]*(?=[,;])|(?<=[,;|])[ \t]*(?=[,;|])|(?<=[,;])[ \t]*$", re.MULTILINE)
LEADING = re.compile(rb"^ ", re.MULTILINE)
TRAILING = re.compile(rb" $", re.MULTILINE)


@dataclass(frozen=True)
class StarFiles:
    """Which columns hold what, counted from 0, and what a file's name says: `name(path)` gives
    (object, band), or None for a file to be passed over; `error` is None for files without errors.
    """

    name: Callable[[str], tuple[str, str] | None]
    time: int = 0
    magnitude: int = 1
    error: int | None = 2

    @property
    def columns(self) -> list[int]:
        """The columns that are read."""
        return [self.time, self.magnitude, *([] if self.error is None else [self.error])]


def by_stem(
    band: str, suffixes: tuple[str, ...] = (".dat", ".txt", ".csv")
) -> Callable[[str], tuple[str, str] | None]:
    """Names of files of one band: the object is the name without folders and suffix; other suffixes
    are passed over.
    """

    def name(path: str) -> tuple[str, str] | None:
        stem, dot, suffix = path.rpartition("/")[2].rpartition(".")
        return (stem, band) if (dot + suffix).lower() in suffixes else None

    return name


def by_folder(
    bands: tuple[str, ...], suffix: str = ".dat"
) -> Callable[[str], tuple[str, str] | None]:
    """Names of OGLE's kind, phot/I/OGLE-LMC-CEP-0001.dat: the folder is the band; other folders are
    passed over.
    """

    def name(path: str) -> tuple[str, str] | None:
        folder, _, file = path.rpartition("/")
        band = folder.rpartition("/")[2]
        return (
            (file.removesuffix(suffix), band) if file.endswith(suffix) and band in bands else None
        )

    return name


def star_files(path: Path | str, layout: StarFiles, bands: tuple[str, ...]) -> Source:
    """The epochs of the files in a folder (and its folders, in alphabetical order) or in a tar, in
    its order. An empty file gives its object without epochs. A line that does not hold the columns
    as numbers is a CatalogueError with file and line.
    """

    def source() -> Iterator[Epochs]:
        files = _folder(Path(path)) if Path(path).is_dir() else members(path)
        with ThreadPoolExecutor(1) as pool:
            waiting: deque[Future] = deque()
            for group in _grouped(files, layout):
                waiting.append(pool.submit(_parsed, Path(path), group, layout, bands))
                if len(waiting) > 2:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    return source


def _folder(path: Path) -> Iterator[tuple[str, bytes]]:
    found = listing(path)
    for name, file in zip(found.names, found.paths, strict=True):
        yield PurePath(name).as_posix(), file.read_bytes()


@dataclass(frozen=True, eq=False)
class _File:
    path: str
    object_id: str
    band: str
    text: bytes


def _grouped(files: Iterable[tuple[str, bytes]], layout: StarFiles) -> Iterator[list[_File]]:
    """Lists of wanted files of together a few MiB."""
    group, size = [], 0
    for path, data in files:
        named = layout.name(path)
        if named is None:
            continue
        group.append(_File(path, *named, data))
        size += len(data)
        if size >= JOINED:
            yield group
            group, size = [], 0
    if group:
        yield group


def is_plain(text: bytes) -> bool:
    """Whether all lines hold the same number of columns parted by one blank each, and nothing else:
    counted, not searched.
    """
    first = text[: text.find(b"\n")]
    if first != b" ".join(first.split()) or any(
        sign in text for sign in (b"\r", b"#", b"\t", b",", b";", b"|")
    ):
        return False
    return text.endswith(b"\n") and text.count(b" ") == text.count(b"\n") * first.count(b" ")


def plain(text: bytes) -> bytes:
    """Lines of columns parted by one blank each, every line with its end: comments (#), empty lines
    and other signs between columns taken out; an empty cell between commas, semicolons or bars is
    nan.
    """
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"#" in text:
        text = COMMENT.sub(b"", text)
    if text and not text.endswith(b"\n"):
        text += b"\n"
    if any(sign in text for sign in (b",", b";", b"|")):
        text = NO_CELL.sub(b"nan", text)
    return EMPTY.sub(b"", TRAILING.sub(b"", LEADING.sub(b"", BLANKS.sub(b" ", text))))


def _parsed(source: Path, files: list[_File], layout: StarFiles, bands: tuple[str, ...]) -> Epochs:
    texts = [file.text if file.text[-1:] in (b"\n", b"") else file.text + b"\n" for file in files]
    joined = b"".join(texts)
    if not is_plain(joined):
        texts = [plain(text) for text in texts]
        joined = b"".join(texts)
    counts = np.array([text.count(b"\n") for text in texts])
    try:
        columns = _numbers(joined, layout)
        if len(columns[0]) != counts.sum():
            raise pa.ArrowInvalid(f"{len(columns[0])} rows in {counts.sum()} lines")
    except (pa.ArrowInvalid, KeyError) as fault:
        raise _fault(source, files, texts, layout, fault) from fault
    error = columns[2] if layout.error is not None else np.full(len(columns[0]), np.nan)
    band = np.repeat(np.array([bands.index(file.band) for file in files], dtype=np.int8), counts)
    return of_objects(
        [file.object_id for file in files], counts, columns[0], columns[1], error, band
    )


def _numbers(text: bytes, layout: StarFiles) -> list[np.ndarray]:
    """The wanted columns of joined lines, float64 each."""
    if not text:
        return [np.empty(0) for _ in layout.columns]
    found = fixed_lines.read(text, layout.columns)
    if found is not None:
        return found
    names = [f"f{number}" for number in layout.columns]
    table = pacsv.read_csv(
        io.BytesIO(text),
        read_options=pacsv.ReadOptions(
            autogenerate_column_names=True, use_threads=False, block_size=1 << 23
        ),
        parse_options=pacsv.ParseOptions(delimiter=" ", quote_char=False),
        convert_options=pacsv.ConvertOptions(
            include_columns=names,
            column_types=dict.fromkeys(names, pa.float64()),
            null_values=["nan", "NaN", "NAN", "-"],
        ),
    )
    return [table.column(name).to_numpy() for name in names]


def _fault(
    source: Path, files: list[_File], texts: list[bytes], layout: StarFiles, error: Exception
) -> CatalogueError:
    """The first file and line that cannot be read, found by reading them one by one."""
    needed = max(layout.columns) + 1
    for file, text in zip(files, texts, strict=True):
        for number, line in enumerate(text.split(b"\n")[:-1], start=1):
            cells = line.split(b" ")
            if len(cells) < needed or not all(
                _is_number(cells[column]) for column in layout.columns
            ):
                shown = line.decode("utf-8", "replace")[:60]
                return CatalogueError(
                    f"{source}: {file.path}, line {number} of numbers: {shown!r} does not hold"
                    " numbers in columns"
                    f" {', '.join(str(column + 1) for column in layout.columns)}; remedy: correct"
                    " it, or name other columns"
                )
    return CatalogueError(
        f"{source}: files of different numbers of columns ({error}); remedy: read them in separate"
        " calls"
    )


def _is_number(cell: bytes) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
