"""What a file really is, told from its first bytes: the name of a file proves nothing."""

from __future__ import annotations

from pathlib import Path

from catalogs.errors import CatalogueError

# First bytes (lower case, after blanks for the text formats) and what they announce.
SIGNATURES = (
    (b"simple  =", "a FITS file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"bzh", "a bzip2 file"),
    (b"\xfd7zxz", "an xz file"),
    (b"pk\x03\x04", "a zip file (or an Excel sheet)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel sheet"),
    (b"par1", "a Parquet file"),
    (b"\x89hdf", "an HDF5 file"),
    (b"%pdf", "a PDF file"),
    (b"\xff\xfe", "a UTF-16 text"),
    (b"\xfe\xff", "a UTF-16 text"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML file (a VOTable?)"),
    (b"<votable", "a VOTable"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
)


def kind(path: Path | str) -> str | None:
    """What the first bytes announce ('a FITS file', 'an HTML page', ...); None for plain text and
    the unknown.
    """
    with open(path, "rb") as file:
        head = file.read(512)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for signature, name in SIGNATURES:
        if start.startswith(signature) or head.lower().startswith(signature):
            return name
    return "a binary file" if b"\x00" in head else None


def require_text(path: Path | str, expected: str) -> None:
    """Raise CatalogueError unless `path` is a file that exists, is not empty and is text;
    `expected` names the format.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise CatalogueError(f"{path}: {what}; remedy: give the path of {expected}")
    if path.stat().st_size == 0:
        raise CatalogueError(
            f"{path}: the file is empty (0 bytes), {expected} expected; remedy: fetch or export it"
            " again"
        )
    found = kind(path)
    if found is not None:
        raise CatalogueError(
            f"{path}: this is {found}, {expected} expected; remedy: {_remedy(found, expected)}"
        )


def _remedy(found: str, expected: str) -> str:
    if "gzip" in found or "bzip2" in found or "xz" in found or found.startswith("a zip"):
        return "unpack it first"
    if "HTML" in found:
        return "download the file itself; this is a page about it, or an error page"
    return f"convert it to {expected}, or give the right file"
