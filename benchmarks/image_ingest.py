"""Ingest of a tar of JPEG pictures side by side with the plain loop: unpack, open, crop, resize,
stack, save.

    python -m benchmarks.image_ingest          a minute or two: the 5,343 pictures of galaxy_zoo1
                                               (needs a mirror)
    python -m benchmarks.image_ingest --quick    300 made-up pictures

Ours streams the archive, checks every picture, averages over exact areas, writes resumable parts
and holds a few pictures at a time; the loop holds them all and stops at the first broken one. Both
run on the cores there are; rates are by the clock, and the processor's milliseconds for a picture
are noted, because other work on the machine counts for those less. The limit is Pillow's decoding
alone, one thread. Without a mirror (ASTRONN_MIRROR) the pictures are made up."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from benchmarks import common
from catalogs.images.build import build, cores
from catalogs.images.decoding import image_decoder, open_image
from catalogs.images.sources import tar_files

SIZE, CROP, SIDE = 64, 0.5, 423
GOAL = 1.5  # checking, resuming and bounded memory included


def made_up(path: Path, n: int) -> Path:
    """A tar of n JPEG pictures of noise and a blob, 423 x 423 pixels, about 20 kB each."""
    rng = np.random.default_rng(0)
    grid = np.arange(SIDE) - SIDE // 2
    with tarfile.open(path, "w") as tar:
        for number in range(n):
            blob = 200 * np.exp(-0.5 * (grid[:, None] ** 2 + grid**2) / rng.uniform(10, 40) ** 2)
            pixels = (
                (rng.normal(12, 4, (SIDE, SIDE, 3)) + blob[..., None]).clip(0, 255).astype(np.uint8)
            )
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "JPEG", quality=85)
            member = tarfile.TarInfo(f"Imagenes/{number:06d}.jpeg")
            member.size = file.tell()
            file.seek(0)
            tar.addfile(member, file)
    return path


def ours(path: Path, folder: Path) -> int:
    stack = build(
        tar_files(path),
        image_decoder(SIZE, CROP, blank_rows=0.5),
        folder,
        bands=("i", "r", "g"),
        shape=(SIZE, SIZE),
        about={"benchmark": path.name},
    )
    return len(stack)


def plain_loop(path: Path, folder: Path) -> int:
    with tarfile.open(path) as tar:
        tar.extractall(folder, filter="data")
    pictures, edge = [], (SIDE - SIDE * CROP) / 2
    for file in sorted(folder.rglob("*.jpeg")):
        picture = (
            Image.open(file)
            .convert("RGB")
            .crop((edge, edge, SIDE - edge, SIDE - edge))
            .resize((SIZE, SIZE))
        )
        pictures.append(np.asarray(picture).transpose(2, 0, 1))
    np.save(folder / "pixels.npy", np.stack(pictures))
    return len(pictures)


def decoding(path: Path, n: int = 300) -> float:
    """Pictures that Pillow decodes in a second of one processor."""
    data = [data for _, (_, data) in zip(range(n), tar_files(path)(0))]
    start = time.process_time()
    for one in data:
        open_image(one)
    return len(data) / (time.process_time() - start)


def measure(path: Path, what: str, folder: Path, rounds: int) -> dict:
    ours(made_up(folder / "warm.tar", 8), folder / "warm")
    peak = common.peak_mib(lambda: ours(path, folder / "first"))
    limit, places, counted = decoding(path), iter(range(2 * rounds)), []
    turns = common.in_turns(
        rounds,
        lambda: counted.append(ours(path, folder / f"ours-{next(places)}")),
        lambda: counted.append(plain_loop(path, folder / f"peer-{next(places)}")),
    )
    n = counted[0]
    own, peer = ([n / seconds.clock for seconds in one] for one in turns)
    spent, peers = (median(1e3 * seconds.processor / n for seconds in one) for one in turns)
    return common.row(
        f"{n} JPEG pictures of {what} to {SIZE} x {SIZE} pixels, beside a plain loop",
        own,
        peer,
        unit="pictures/s",
        goal=GOAL,
        peak_mib=peak,
        limit_share=1e3 / spent / limit,
        device=common.cpu(cores()),
        ours_cpu_ms=spent,
        peer_cpu_ms=peers,
        limit="Pillow's decoding alone, by the processor's time",
    )


def rows(quick: bool) -> list[dict]:
    real = Path(os.environ.get("ASTRONN_MIRROR", "nowhere")) / "galaxy_zoo1" / "images.tar"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = real.is_file() and not quick
        path, what = (
            (real, "galaxy_zoo1")
            if known
            else (made_up(folder / "made_up.tar", 300), "made-up galaxies")
        )
        return [measure(path, what, folder, 2 if quick else 3)]


if __name__ == "__main__":
    common.main(__file__, rows)
