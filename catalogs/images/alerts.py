"""ZTF alert packets from a Parquet file: difference stamps in the order of time, and the days on
which objects were looked at.

Masci et al. 2019, PASP 131, 018003; Bellm et al. 2019, PASP 131, 018002. A packet holds gzipped
FITS stamps of its own night and up to 30 days of history without stamps. Stamps at the detector's
edge are smaller than 63 x 63, and pixels may be NaN."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.images.fits import read_plane

SIDE = 63  # pixels
KINDS = ("Science", "Template", "Difference")
COLUMNS = ("objectId", "candid", "candidate", "prv_candidates")


class Alerts(NamedTuple):
    """N objects, each with T alerts at most, in the order of time and padded at the end."""

    object_id: np.ndarray  # (N,)
    images: (
        np.ndarray
    )  # (N, T, 1, 63, 63) float32, row 0 at the top as on the sky, NaN where there is no pixel
    days: np.ndarray  # (N, T) Julian date, NaN without an alert


def read_alerts(path: Path | str, kind: str = "Difference") -> Alerts:
    """The stamps of one kind of every object in the file; two packets of one candidate count
    once.

    Raises
    ------
    CatalogueError
        If there is no such kind, or the file cannot be read or holds no packet.
    """
    if kind not in KINDS:
        raise CatalogueError(f"unknown stamp {kind!r}; choose one of: {', '.join(KINDS)}")
    packets = {}
    for packet in _packets(path, f"cutout{kind}"):
        packets[packet["candid"]] = packet
    if not packets:
        raise CatalogueError(f"{path}: no alert packet in it; remedy: give a file of alerts")
    names = sorted({packet["objectId"] for packet in packets.values()})
    mine: dict[str, list[dict]] = {name: [] for name in names}
    for packet in sorted(packets.values(), key=lambda p: (p["candidate"]["jd"], p["candid"])):
        mine[packet["objectId"]].append(packet)
    longest = max(map(len, mine.values()))
    images = np.full((len(names), longest, 1, SIDE, SIDE), np.nan, np.float32)
    days = np.full((len(names), longest), np.nan)
    for row, name in enumerate(names):
        for step, packet in enumerate(mine[name]):
            images[row, step, 0] = stamp(packet[f"cutout{kind}"]["stampData"])
            days[row, step] = packet["candidate"]["jd"]
    return Alerts(np.array(names, dtype=str), images, days)


def cadences(path: Path | str, shortest: int = 4) -> list[np.ndarray]:
    """For each packet the days, since the first, on which its object was looked at, detected or
    not, in any filter.

    Visits of one night count once; packets with fewer than ``shortest`` nights are left out. Each
    (n_nights,) float64, rising from 0.
    """
    found = []
    for packet in _packets(path):
        visits = [
            packet["candidate"]["jd"],
            *(earlier["jd"] for earlier in packet["prv_candidates"] or ()),
        ]
        nights = np.unique(np.floor(visits))
        if len(nights) >= shortest:
            found.append(nights - nights[0])
    return found


def stamp(data: bytes) -> np.ndarray:
    """The pixels of one gzipped FITS stamp, (63, 63) float32; a smaller one is put in the middle,
    NaN around it.

    Raises
    ------
    CatalogueError
        If the stamp is larger than that.
    """
    flux = read_plane(gzip.decompress(data)).flux[::-1]
    height, width = flux.shape
    if max(height, width) > SIDE:
        raise CatalogueError(
            f"a stamp of {height} x {width} pixels, at most {SIDE} x {SIDE} expected"
        )
    whole = np.full((SIDE, SIDE), np.nan, np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    whole[top : top + height, left : left + width] = flux
    return whole


def _packets(path: Path | str, *stamps: str) -> list[dict]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path, columns=[*COLUMNS, *stamps]).to_pylist()
    except (OSError, pa.ArrowException) as error:
        remedy = "give a Parquet file of ZTF alert packets"
        raise CatalogueError(
            f"{path}: not a file of alert packets ({error}); remedy: {remedy}"
        ) from error
