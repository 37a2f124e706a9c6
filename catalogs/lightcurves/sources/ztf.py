"""Alert packets of the Zwicky Transient Facility: up to 30 days of history, and stamps (Bellm et
al. 2019, PASP 131, 018002).

Packets come as Parquet tables (one row per alert, as brokers hand them on) or as the Avro files of
the stream (with fastavro, an extra). History are the alert's `candidate` and its `prv_candidates`:
magnitudes of the difference image, so that an object may be brighter (isdiffpos t or 1) or fainter
than its reference; only the former have a magnitude here. Upper limits are no epochs. Several
alerts of one object repeat its history; cleaning takes the repeated epochs out."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from catalogs.errors import CatalogueError
from catalogs.lightcurves.epochs import Epochs, Source, of_objects
from catalogs.lightcurves.timescales import TimeScale

BANDS = ("g", "r", "i")  # fid 1, 2, 3
TIME_SCALE = TimeScale("JD")
STAMPS = {
    "science": "cutoutScience",
    "template": "cutoutTemplate",
    "difference": "cutoutDifference",
}
BATCH = 64  # alerts of Parquet at a time: a stamp is about 10 kB


def alerts(path: Path | str, fields: Sequence[str]) -> Iterator[Mapping]:
    """The packets of a file as mappings of the named fields and those within them.

    Raises
    ------
    CatalogueError
        While it is read: if it is no file of alerts.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            is_avro = file.read(4) == b"Obj\x01"
        if is_avro:
            yield from _avro(path)
            return
        for batch in pq.ParquetFile(path, pre_buffer=False).iter_batches(
            BATCH, columns=list(fields)
        ):
            yield from batch.to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        raise CatalogueError(
            f"{path}: not a file of alerts ({error}); remedy: give Parquet or Avro packets"
        ) from error


def _avro(path: Path) -> Iterator[Mapping]:
    try:
        import fastavro
    except ImportError as error:
        raise CatalogueError(
            f"{path}: Avro needs fastavro, which is not installed; remedy: pip install fastavro"
        ) from error
    with open(path, "rb") as file:
        packets: Any = fastavro.reader(file)
        yield from packets


def ztf_alerts(paths: Sequence[Path | str]) -> Source:
    """The epochs of all alerts and of their histories, by objectId."""

    def source() -> Iterator[Epochs]:
        for path in paths:
            for alert in alerts(path, ("objectId", "candidate", "prv_candidates")):
                yield _history(path, alert)

    return source


def _history(path: Path | str, alert: Mapping) -> Epochs:
    try:
        entries = [alert["candidate"], *(alert["prv_candidates"] or ())]
        seen = [
            entry
            for entry in entries
            if entry.get("magpsf") is not None and str(entry["isdiffpos"]) in ("t", "1")
        ]
        time, magnitude, error = (
            [float(entry[name]) for entry in seen] for name in ("jd", "magpsf", "sigmapsf")
        )
        bands = np.array([int(entry["fid"]) - 1 for entry in seen], dtype=np.int8)
        return of_objects(
            [str(alert["objectId"])], np.array([len(seen)]), time, magnitude, error, bands
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise CatalogueError(
            f"{path}: an alert without {fault}; remedy: give packets of ZTF's schema 3"
        ) from fault


def stamps(paths: Sequence[Path | str], kinds: Sequence[str] = tuple(STAMPS)):
    """A source of pictures (catalogs.images.sources): for each alert, by its candid, the planes of
    its stamps (kinds, 63, 63) float32, as the FITS files have them; a stamp at the edge of a chip,
    cut short, is filled up with NaN, and NaN stays NaN.
    """

    def source(start: int) -> Iterator[tuple[str, np.ndarray]]:
        number = 0
        for path in paths:
            for alert in alerts(path, ("candid", *(STAMPS[kind] for kind in kinds))):
                if number >= start:
                    yield (
                        str(alert["candid"]),
                        np.stack([_stamp(path, alert[STAMPS[kind]]) for kind in kinds]),
                    )
                number += 1

    return source


def _stamp(path: Path | str, packet: Mapping, side: int = 63) -> np.ndarray:
    """One stamp (side, side) float32; a smaller one is filled up with NaN at its ends."""
    from astropy.io import fits

    try:
        with fits.open(io.BytesIO(gzip.decompress(packet["stampData"]))) as hdus:
            pixels = np.asarray(hdus[0].data, dtype=np.float32)
    except (OSError, KeyError, TypeError, EOFError) as error:
        raise CatalogueError(
            f"{path}: a stamp is no gzipped FITS image ({error}); remedy: fetch the alerts again"
        ) from error
    if pixels.ndim != 2 or max(pixels.shape) > side:
        raise CatalogueError(
            f"{path}: a stamp of {pixels.shape} pixels; remedy: give stamps of at most {side} x"
            f" {side}"
        )
    return np.pad(pixels, [(0, side - length) for length in pixels.shape], constant_values=np.nan)
