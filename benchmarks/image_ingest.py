"""Ingest of a tar of JPEG pictures side by side with the plain loop: unpack, open, crop, resize, stack, save.

    python benchmarks/image_ingest.py            a minute or two: the 5,343 pictures of galaxy_zoo1 (needs a mirror)
    python benchmarks/image_ingest.py --quick    1,000 made-up pictures

Ours streams the archive, checks every picture, averages over exact areas, writes resumable parts and holds a few pictures
at a time; the loop holds them all and stops at the first broken one. Both run on the cores there are; rates are by the clock,
and the processor's milliseconds for a picture are noted, because other work on the machine counts for those less. The limit
is Pillow's decoding alone, one thread. Without a mirror (ASTRONN_MIRROR) the pictures are made up.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from catalogs.images.build import build, cores
from catalogs.images.pictures import open_picture, picture_decoder
from catalogs.images.sources import tar_files

SIZE, CROP, SIDE = 64, 0.5, 423
GOAL = 1.0  # checking, resuming and bounded memory must cost nothing
RESULTS = Path(__file__).parent / "results" / "image_ingest.json"


def made_up(path: Path, n: int) -> Path:
    """A tar of n JPEG pictures of noise and a blob, 423 x 423 pixels, about 20 kB each."""
    rng = np.random.default_rng(0)
    grid = np.arange(SIDE) - SIDE // 2
    with tarfile.open(path, "w") as tar:
        for number in range(n):
            blob = 200 * np.exp(-0.5 * (grid[:, None] ** 2 + grid**2) / rng.uniform(10, 40) ** 2)
            pixels = (rng.normal(12, 4, (SIDE, SIDE, 3)) + blob[..., None]).clip(0, 255).astype(np.uint8)
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
        picture_decoder(SIZE, CROP, blank_rows=0.5),
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
        picture = Image.open(file).convert("RGB").crop((edge, edge, SIDE - edge, SIDE - edge)).resize((SIZE, SIZE))
        pictures.append(np.asarray(picture).transpose(2, 0, 1))
    np.save(folder / "pixels.npy", np.stack(pictures))
    return len(pictures)


def timed(work: Callable[[], int]) -> dict:
    """Pictures a second by the clock, the processor's milliseconds a picture, and the peak of memory above the start."""
    process, held, done = psutil.Process(), [], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            held.append(process.memory_info().rss)

    before, watcher = process.memory_info().rss, threading.Thread(target=watch)
    watcher.start()
    start, clock = time.process_time(), time.perf_counter()
    n = work()
    spent, clock = time.process_time() - start, time.perf_counter() - clock
    done.set()
    watcher.join()
    return {"n": n, "rate": n / clock, "cpu_ms": 1e3 * spent / n, "peak_mib": (max(held, default=before) - before) / 2**20}


def decoding(path: Path, n: int = 300) -> float:
    """Pictures that Pillow decodes in a second of one processor."""
    data = [data for _, (_, data) in zip(range(n), tar_files(path)(0))]
    start = time.process_time()
    for one in data:
        open_picture(one)
    return len(data) / (time.process_time() - start)


def measure(path: Path, what: str, folder: Path) -> dict:
    ours(made_up(folder / "warm.tar", 8), folder / "warm")
    limit = decoding(path)
    own = timed(lambda: ours(path, folder / "ours"))
    peer = timed(lambda: plain_loop(path, folder / "peer"))
    return {
        "work": f"{own['n']} JPEG pictures of {what} to {SIZE} x {SIZE} pixels, pictures a second",
        "ours": own["rate"],
        "peer": peer["rate"],
        "ratio": own["rate"] / peer["rate"],
        "goal": GOAL,
        "peak_mib": own["peak_mib"],
        "limit_share": 1e3 / own["cpu_ms"] / limit,
        "device": f"cpu, {cores()} cores",
        "peer_peak_mib": peer["peak_mib"],
        "ours_cpu_ms": own["cpu_ms"],
        "peer_cpu_ms": peer["cpu_ms"],
        "limit": "Pillow's decoding alone, by the processor's time",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1,000 made-up pictures")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file for the rows")
    asked = parser.parse_args()
    real = Path(os.environ.get("ASTRONN_MIRROR", "nowhere")) / "galaxy_zoo1" / "images.tar"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = real.is_file() and not asked.quick
        path, what = (real, "galaxy_zoo1") if known else (made_up(folder / "made_up.tar", 1000), "made-up galaxies")
        row = measure(path, what, folder)
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(json.dumps([row], indent=1) + "\n")
    print(f"{row['work']}: ours {row['ours']:.0f}, plain loop {row['peer']:.0f} ({row['ratio']:.2f} times, goal {GOAL:g}), "
          f"peak {row['peak_mib']:.0f} MiB (loop {row['peer_peak_mib']:.0f}), {row['ours_cpu_ms']:.2f} ms of processor a "
          f"picture (loop {row['peer_cpu_ms']:.2f}), {row['limit_share']:.0%} of decoding alone")
    return 1 if row["ratio"] < GOAL else 0


if __name__ == "__main__":
    sys.exit(main())
