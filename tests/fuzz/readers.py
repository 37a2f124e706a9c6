"""The readers of foreign bytes, each with a few good files: what a damaged one may do is be read,
or be refused in one line.
"""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from astronn.errors import AstronnError
from catalogs.errors import CatalogueError
from catalogs.images.decoding import BadImage
from pipelines.errors import PipelineError
from reports.errors import ReportError

REFUSALS = (CatalogueError, BadImage, ReportError, AstronnError, PipelineError)
SHM = Path("/dev/shm")


@dataclass(frozen=True)
class Reader:
    """`read` takes bytes and reads them as its reader would; `seeds` makes the good files, at least
    one.
    """

    read: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    by_hand: bool = False  # a parser of ours, not a library's


@cache
def scratch() -> Path:
    """A folder in memory, for readers that need a file."""
    return Path(tempfile.mkdtemp(prefix="astronn-fuzz-", dir=SHM if SHM.is_dir() else None))


def in_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """A reader of bytes by way of a file of that name."""

    def reading(data: bytes) -> object:
        path = scratch() / name
        path.write_bytes(data)
        return read(path)

    return reading


@cache
def small_table():
    """Five rows of text, whole numbers and numbers with units."""
    from astropy.table import Table

    table = Table(
        {
            "name": ["a", "b b", "", "d", "é"],
            "n": [1, 2, 3, 4, -5],
            "mag": [1.5, np.nan, -3.25, 1e30, 0.0],
        }
    )
    table["mag"].unit = "mag"
    return table


def written(format: str, suffix: str, **options: object) -> Callable[[], list[bytes]]:
    """The small table as astropy writes it."""

    def seeds() -> list[bytes]:
        table = small_table().copy()
        if format == "fits":
            table["name"] = ["a", "b b", "", "d", "e"]
        path = scratch() / f"seed{suffix}"
        table.write(path, format=format, overwrite=True, **options)
        return [path.read_bytes()]

    return seeds


def table_of(format: str) -> Callable[[Path], object]:
    """Both uses of a format: the whole table at once, and block by block with text as it stands."""

    def read(path: Path) -> object:
        from catalogs.formats.tables import open_table, read_table

        whole = read_table(path, format)
        source = open_table(path, format)
        names = [field.name for field in source.fields if not field.unreadable]
        rows = sum(len(batch) for batch in source.cells(names)) if names else len(whole)
        assert rows == len(whole), (rows, len(whole))
        return whole

    return read


CSV = (
    b'Name;RA;B-Mag;n\nNGC 1;00:07:15.8;13.69;1\nNGC 2;;;-2\n"NGC;'
    b' 3";23:59:59.9;1e5;9223372036854775807\n'
)


BLANKS = b'# id ra mag class\nG1 1.5 12.25 STAR\n"G 2" 2.5 null QSO\nG3 +3. >13.6 STAR\n'
BARS = (
    b"\\fixlen = T\n|   id|   ra|  mag|\n| char|    d|    r|\n"
    b"|     |  deg|  mag|\n|     | null| null|\n G1      1.5 12.25 \n G2     null  13.5 \n"
)
RULES = b"#Table\tx\n\nid\tra\tmag\n\tdeg\tmag\n--\t---\t---\nG1\t1.5\t12.25\nG2\t\t13\n\n"


def arrow_seeds() -> list[bytes]:
    """The small table as Arrow writes it."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    table = pa.table({"name": ["a", None, "é"], "n": [1, 2, None], "v": [[1.0, 2.0]] * 3})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return [sink.getvalue().to_pybytes()]


def npy_seeds() -> list[bytes]:
    """The small table as a record array."""
    buffer = io.BytesIO()
    np.save(
        buffer, np.array([(1, 2.5, "a"), (2, np.nan, "b")], [("n", "i4"), ("x", "f8"), ("s", "U3")])
    )
    return [buffer.getvalue()]


def hdf5_seeds() -> list[bytes]:
    """The small table as h5py writes it."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["t"] = np.array(
            [(1, 2.5, b"a"), (2, np.nan, b"b")], [("n", "i4"), ("x", "f8"), ("s", "S3")]
        )
    return [buffer.getvalue()]


def read_delimited(path: Path) -> object:
    from catalogs.formats.reading.delimited import read_delimited as read

    return read(path, ["Name", "B-Mag"], delimiter=";")


def expression(data: bytes) -> object:
    from catalogs.survey_toml.expressions import parse

    found = parse(data.decode("latin-1"))
    return found.evaluate({name: np.array([1.0, -2.0, np.nan, 0.0]) for name in found.columns})


def expressions() -> list[bytes]:
    return [
        b"B - V",
        b"-B + 2 * V ** 2",
        b"`B-Mag` / 8",
        b"V + 2.5 * log10(`B-Mag` * 25)",
        b"sqrt(abs(V)) ** (1 / 2)",
        b"1e3*(x)",
    ]


def hubble(data: bytes) -> object:
    from catalogs.astronomy.hubble import hubble_to_t

    return hubble_to_t(data.decode("latin-1").split("\n"))


def positions(data: bytes) -> object:
    from catalogs.astronomy.coordinates import declination, right_ascension

    texts = data.decode("latin-1").split("\n")
    return right_ascension(texts), declination(texts)


def unit(data: bytes) -> object:
    from catalogs.survey_toml.spec import is_unit

    return is_unit(data.decode("latin-1"))


TOML = b"""
name = "made_up"
title = "a made-up catalogue"
scheme = "hubble_5"
simulated = true
automatic_features = ["colour"]
[table]
file = "mine.csv"
[objects]
id = "ID"
ra = ["RA"]
dec = ["DEC"]
group_cell_deg = 2.0
only = { KIND = ["G"] }
[features.colour]
expression = "B - V"
unit = "mag"
low = -1
high = 3
missing = [99.9]
[features.surface_brightness]
column = "MU"
[label]
column = "TTYPE"
kind = "t"
[baseline]
title = "AUTO"
column = "AUTO"
mapping = { e = "E", s = "Sa+Sb" }
kind = "class"
[forbidden]
MUC = "made with the type"
[splits.main]
kind = "stratified"
test_fraction = 0.4
[splits.south]
kind = "holdout"
column = "SOUTH"
test = ["yes"]
[splits.cells]
kind = "sky_cells"
cell_deg = 5.0
"""


def survey(path: Path) -> object:
    from catalogs.survey_toml.survey import load

    (path.parent / "mine.csv").touch()
    return load(path)


def drafted(path: Path) -> object:
    """The draft of a survey.toml from a table, which must be TOML whatever the table's names
    are.
    """
    import tomllib

    from catalogs.survey_toml.draft import draft_survey

    return tomllib.loads(draft_survey(path))


def draft_seeds() -> list[bytes]:
    rows = "".join(f"G{i},{'ES'[i % 2]},{i % 7}.5,{i}\n" for i in range(30))
    return [f"ID,TYPE,MAG,Z\n{rows}".encode(), f'name,class,"a ""b""",c\\d\n{rows}'.encode()]


MRT = b"""Title: A table
Authors: A. Author
Table: Small
================================================================================
Byte-by-byte Description of file: table.dat
--------------------------------------------------------------------------------
   Bytes Format Units   Label    Explanations
--------------------------------------------------------------------------------
   1-  8  A8    ---     Name     Name
  10- 15  F6.2  mag     Bmag     ?=99.99 Blue magnitude
  17- 19  I3    ---     T        ? Stage
--------------------------------------------------------------------------------
NGC 1     13.69   3
NGC 2     99.99
NGC 3     -1e-3  -5
"""


def fixed_width(data: bytes) -> object:
    """The columns themselves, without the ReadMe: three fields in lines of 19 characters."""
    from catalogs.formats.reading import fixed_width as columns

    try:
        matrix = columns.characters(data, 19)
    except UnicodeDecodeError:
        return None  # cds.py says it in one line
    found = [columns.texts(matrix, [0], 8, [("",)])]
    with contextlib.suppress(ValueError, OverflowError):  # no number: cds.py names the cell
        found.append(columns.numbers(matrix, [9], 6, [("99.99",)], whole=False))
        found.append(columns.numbers(matrix, [16], 3, [()], whole=True))
    return found


def idx(path: Path) -> object:
    from catalogs.images.sources import read_idx

    return read_idx(path)


def idx_seeds() -> list[bytes]:
    import gzip

    plain = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (3, 4, 4)) + bytes(range(48))
    return [plain, gzip.compress(plain, mtime=0), b"\0\0\x0d\x01\0\0\0\x02" + bytes(8)]


def tar(path: Path) -> object:
    from catalogs.images.sources import tar_files

    return [(name, len(data)) for name, data in tar_files(path)(0)]


def tar_seeds() -> list[bytes]:
    files = []
    for mode in ("w", "w:gz"):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as archive:
            for name in ("a/1.png", "../2.jpg", "/3.jpeg"):
                member = tarfile.TarInfo(name)
                member.size = 40
                archive.addfile(member, io.BytesIO(bytes(range(40))))
            for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
                member = tarfile.TarInfo("link.png")
                member.type, member.linkname = kind, "/etc/passwd"
                archive.addfile(member)
        files.append(buffer.getvalue())
    return files


def picture(data: bytes) -> object:
    from catalogs.images.decoding import image_decoder

    return image_decoder(8, 0.5)(data)


def picture_seeds() -> list[bytes]:
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 255, (20, 20, 3), dtype=np.uint8)
    grey16 = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
    files = []
    for image, format, options in (
        (Image.fromarray(pixels), "JPEG", {}),
        (Image.fromarray(pixels), "JPEG", {"progressive": True}),
        (Image.fromarray(pixels), "PNG", {}),
        (Image.fromarray(pixels[..., 0]), "PNG", {}),
        (grey16, "PNG", {}),
    ):
        buffer = io.BytesIO()
        image.save(buffer, format, **options)
        files.append(buffer.getvalue())
    return files


def fits_image(data: bytes) -> object:
    from catalogs.images.fits import fits_decoder
    from catalogs.images.scaling import LuptonScaling

    return fits_decoder(("g",), 8, 1.0, LuptonScaling(-1.0, 10.0, 8.0))({"g": data})


def fits_image_seeds() -> list[bytes]:
    from astropy.io import fits

    pixels = np.random.default_rng(0).normal(0, 1, (12, 12)).astype(np.float32)
    header = fits.Header(
        {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 10.0, "CRVAL2": 5.0, "CDELT1": -1e-4}
    )
    files = []
    for hdus in (
        [fits.PrimaryHDU(pixels, header)],
        [fits.PrimaryHDU(), fits.CompImageHDU(pixels, header)],
    ):
        buffer = io.BytesIO()
        fits.HDUList(hdus).writeto(buffer)
        files.append(buffer.getvalue())
    return files


def catalogue(path: Path) -> object:
    from catalogs.catalogue import Catalogue

    return Catalogue.read(path)


@cache
def small_catalogue():
    import pandas as pd

    from catalogs import schemes
    from catalogs.catalogue import Catalogue
    from catalogs.schema import Column

    ids = np.array(["d", "b", "f", "a"])
    return Catalogue(
        survey="small",
        object_id=ids,
        features=pd.DataFrame({"mag": [10.0, 11.0, np.nan, 13.0]}),
        columns=(Column("mag", "mag", "brightness", 0.0, 30.0),),
        labels=np.array(["E", "S0", "", "S0"]),
        scheme=schemes.load("hubble_5"),
        group=ids,
        ra_deg=np.linspace(0, 300, 4),
        dec_deg=np.full(4, np.nan),
        provenance={"source": "made for the tests"},
        flags=pd.DataFrame({"south": [True, False, True, False]}),
    )


def catalogue_seeds() -> list[bytes]:
    small_catalogue().write(scratch() / "seed.parquet")
    return [(scratch() / "seed.parquet").read_bytes()]


def split(path: Path) -> object:
    from catalogs.splits.split import Split

    return Split.read(path)


def split_seeds() -> list[bytes]:
    from catalogs.splits.split import Split

    ids = np.array(["a", "b", "c", "d"])
    Split("small", "main", 0, ids, np.array(["train", "test", "", "validation"])).write(
        scratch() / "seed.parquet"
    )
    return [(scratch() / "seed.parquet").read_bytes()]


def comparison(data: bytes) -> object:
    from reports.comparison import from_json

    return from_json(data.decode("utf-8", "replace"))


def comparison_seeds() -> list[bytes]:
    from reports.comparison import compare_published, to_json

    return [to_json(compare_published("storrie_lombardi_1992_table2")).encode()]


def manifest(data: bytes) -> object:
    """A manifest as `astronn show` reads it, and as a task asks what is damaged."""
    from pipelines.store import finished
    from pipelines.store import manifest as manifests

    (scratch() / manifests.NAME).write_bytes(data)
    manifests.damage(scratch(), ["x.txt"], "ab12")
    (found,) = finished.find(scratch(), str(scratch()))
    return finished.in_words(found), found.damaged(), found.summary()


def manifest_seeds() -> list[bytes]:
    from pipelines.store import manifest as manifests

    folder = scratch() / "finished"
    folder.mkdir(exist_ok=True)
    (folder / "x.txt").write_text("1")
    about = {"task": "T", "key": "ab12", "parameters": {"n": 1, "o": {}}, "inputs": {"a": "0"}}
    about |= {"upstream": {"a-1": "1"}, "started": "2026-01-01T00:00:00", "duration_s": 0.5}
    (folder / manifests.NAME).unlink(missing_ok=True)
    manifests.write(folder, {**about, "repeat": "luigi --module pipelines T"})
    return [(folder / manifests.NAME).read_bytes()]


def mark(path: Path) -> object:
    """_job.json and _SUCCESS.json of a bulk job."""
    from pipelines.bulk.job import marked

    return marked(path)


def published(path: Path) -> object:
    from reports.published.reader import read

    return read(path)


def published_seeds() -> list[bytes]:
    from reports.published.reader import path

    return [path("storrie_lombardi_1992_table2").read_bytes()]


@cache
def model_folder() -> Path:
    """A small trained network on disk."""
    from astronn import FeedforwardClassifier

    X = np.random.default_rng(0).normal(size=(40, 3))
    network = FeedforwardClassifier(hidden_layers=(4,), max_epochs=2, random_state=0, device="cpu")
    return network.fit(X, np.repeat(["E", "Sc"], 20)).save(scratch() / "model")


def model(data: bytes) -> object:
    """model.json, signed anew where it is still a JSON object, as a stranger would."""
    import astronn
    from astronn.saving import _digest

    with contextlib.suppress(ValueError, RecursionError):  # then the bytes stay as they are
        document = json.loads(data)
        if isinstance(document, dict):
            document.pop("sha256", None)
            data = json.dumps({**document, "sha256": _digest(document)}).encode()
    model_seeds()  # of the good file, whichever test comes first
    (model_folder() / "model.json").write_bytes(data)
    return astronn.load(model_folder(), device="cpu")


@cache
def model_seeds() -> tuple[bytes, ...]:
    return ((model_folder() / "model.json").read_bytes(),)


def weights(data: bytes) -> object:
    """A checkpoint of a training, which holds its own description."""
    from astronn.training.checkpoints import Checkpoint

    return Checkpoint(in_memory("checkpoint.safetensors", data), "identity").load()


def in_memory(name: str, data: bytes) -> Path:
    (scratch() / name).write_bytes(data)
    return scratch() / name


def weights_seeds() -> list[bytes]:
    import torch

    from astronn.training.checkpoints import Checkpoint

    path = scratch() / "seed.safetensors"
    Checkpoint(path, "identity").save(
        {"w": torch.arange(6.0)}, {"history": {}, "averaged_steps": 0}
    )
    return [path.read_bytes()]


LONG = b"id,t,m,e,b\nA,1.5,10.2,0.1,V\nA,2.5,10.3,0.1,V\nB,1.0,9.9,,V\n"


def long_table(path: Path) -> object:
    from catalogs.lightcurves.sources.tables import EpochColumns, tables

    columns = EpochColumns(object_id="id", time="t", magnitude="m", error="e", band="b")
    return list(tables([path], columns, ("V",))())


def zipped(path: Path) -> object:
    """What a file is said to be by its first bytes."""
    from catalogs.formats.tables import describe

    return describe(path)


def zip_seeds() -> list[bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../x", "y")
    return [buffer.getvalue(), CSV, MRT, b"<html>", b"\x89HDF", b"SIMPLE  ="]


def readers() -> dict[str, Reader]:
    """Every reader by name."""
    return {
        "expressions": Reader(expression, expressions, by_hand=True),
        "hubble": Reader(hubble, lambda: [b"E\nSBab\nSABc\nIB\nE?\nS0-a\nSdm"], by_hand=True),
        "positions": Reader(
            positions, lambda: [b"00:07:15.84\n-27:42:29.1\n23:59:60\n", b"1:2:3"], by_hand=True
        ),
        "units": Reader(
            unit, lambda: [b"mag", b"km / s", b"dex(arcmin)", b"10**3 erg s-1 cm**-2", b"W/m^2/nm"]
        ),
        "cds": Reader(in_file("table.mrt", table_of("cds")), lambda: [MRT], by_hand=True),
        "fixed_width": Reader(
            fixed_width, lambda: [MRT[-60:], b"NGC 1     13.69   3\n" * 4], by_hand=True
        ),
        "csv": Reader(
            in_file("table.csv", table_of("csv")),
            lambda: [CSV, CSV.replace(b";", b",")],
            by_hand=True,
        ),
        "delimited": Reader(in_file("NGC.csv", read_delimited), lambda: [CSV], by_hand=True),
        "idx": Reader(in_file("images-idx", idx), idx_seeds, by_hand=True),
        "tar": Reader(in_file("images.tar", tar), tar_seeds, by_hand=True),
        "survey_toml": Reader(in_file("survey.toml", survey), lambda: [TOML], by_hand=True),
        "draft": Reader(in_file("own.csv", drafted), draft_seeds, by_hand=True),
        "comparison": Reader(comparison, comparison_seeds, by_hand=True),
        "published": Reader(in_file("published.ecsv", published), published_seeds, by_hand=True),
        "manifest": Reader(manifest, manifest_seeds, by_hand=True),
        "mark": Reader(in_file("_job.json", mark), lambda: [b'{"key": "ab12", "n_parts": 3}']),
        "model": Reader(model, lambda: list(model_seeds()), by_hand=True),
        "kind": Reader(in_file("what", zipped), zip_seeds, by_hand=True),
        "picture": Reader(picture, picture_seeds),
        "fits_image": Reader(fits_image, fits_image_seeds),
        "text": Reader(in_file("table.cat", table_of("text")), lambda: [BLANKS], by_hand=True),
        "ipac": Reader(in_file("table.tbl", table_of("ipac")), lambda: [BARS], by_hand=True),
        "vizier": Reader(in_file("asu.tsv", table_of("vizier")), lambda: [RULES], by_hand=True),
        "arrow": Reader(in_file("table.arrow", table_of("arrow")), arrow_seeds),
        "npy": Reader(in_file("table.npy", table_of("npy")), npy_seeds),
        **(
            {"hdf5": Reader(in_file("table.h5", table_of("hdf5")), hdf5_seeds)}
            if find_spec("h5py")
            else {}
        ),
        "fits": Reader(in_file("table.fits", table_of("fits")), written("fits", ".fits")),
        "votable": Reader(in_file("table.vot", table_of("votable")), written("votable", ".vot")),
        "ecsv": Reader(in_file("table.ecsv", table_of("ecsv")), written("ascii.ecsv", ".ecsv")),
        "parquet": Reader(in_file("table.parquet", table_of("parquet")), catalogue_seeds),
        "catalogue": Reader(in_file("catalogue.parquet", catalogue), catalogue_seeds),
        "split": Reader(in_file("split.parquet", split), split_seeds),
        "checkpoint": Reader(weights, weights_seeds),
        "long_table": Reader(in_file("long.csv", long_table), lambda: [LONG]),
    }
