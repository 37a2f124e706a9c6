"""The pictures of the README: python docs/pictures.py RESULTS, after `astronn report --results
RESULTS`, with chromium on the path.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT, COLOURS = 1200, 1500, 64
SMALLER = 0.7
FOLDER = Path(__file__).with_name("pictures")


def picture(page: Path, name: str, top: int, height: int) -> None:
    """The part of a page from ``top`` on, as a small PNG."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("needs chromium or google-chrome")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.png"
        how = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        size = [f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={whole}"]
        subprocess.run([chromium, *how, *size, page.resolve().as_uri()], check=True)
        part = Image.open(whole).convert("RGB").crop((0, top, WIDTH, top + height))
        part = part.resize((int(WIDTH * SMALLER), int(height * SMALLER)), Image.Resampling.LANCZOS)
    part.quantize(COLOURS).save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    results = Path(sys.argv[1])
    (published,) = results.glob("published/*/report.html")
    picture(published, "report.png", 0, HEIGHT)
    picture(results / "index.html", "index.png", 0, HEIGHT - 330)
