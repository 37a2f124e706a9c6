"""Open every HTML page of folders in headless Chromium, light and dark, and run axe-core on it:
`make accessibility`.

    python tests/accessibility/run.py FOLDER... [--axe axe.min.js] [--chromium chromium]

A fault that axe calls serious or critical is printed with the element it was found in, and the exit
status is 1; lesser ones are counted. axe.min.js is that of the package axe-core-python, or the file
given (`npm pack axe-core` has a newer one)."""

from __future__ import annotations

import argparse
import html
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

GRAVE = ("serious", "critical")
DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
RUN = """<script>{axe}</script><script>
document.querySelectorAll("details").forEach(each => each.open = true);
addEventListener("load", () => axe.run(document, {{resultTypes: ["violations"]}}).then(found => {{
  const out = document.createElement("pre"); out.id = "axe-found";
  out.textContent = JSON.stringify(found.violations.map(v => ({{
    id: v.id, impact: v.impact, help: v.help,
    nodes: v.nodes.map(n => n.html.slice(0, 200) + " -- " + n.failureSummary)}})));
  document.body.replaceChildren(out);
}}));</script>"""


def axe_of_package() -> Path | None:
    """axe.min.js of the installed package axe-core-python; None without it."""
    found = importlib.util.find_spec("axe_core_python")
    return Path(found.origin).with_name("axe.min.js") if found else None


def armed(text: str, axe: str, dark: bool) -> str:
    """The page with axe in it; in the dark one, what was for dark screens holds for all."""
    text = DARK.sub("@media all", text) if dark else DARK.sub("@media not all", text)
    before, end, after = text.rpartition("</body>")
    return before + RUN.format(axe=axe) + end + after if end else text + RUN.format(axe=axe)


def faults(page: Path, axe: str, chromium: str, dark: bool = False) -> list[dict]:
    """What axe finds on a page, all of its foldouts open."""
    copy = page.with_name(
        f".axe-{page.name}"
    )  # beside the page, so that its pictures and styles are found
    try:
        copy.write_text(armed(page.read_text(encoding="utf-8"), axe, dark), encoding="utf-8")
        with tempfile.TemporaryDirectory() as profile:
            dom = _dom(copy, chromium, profile)
    finally:
        copy.unlink(missing_ok=True)
    found = re.search(r'<pre id="axe-found">(.*?)</pre>', dom, re.S)
    if not found:
        raise RuntimeError(
            f"{page}: axe gave no answer within its time; remedy: look at its console in a browser"
        )
    return json.loads(html.unescape(found[1]))


def _dom(page: Path, chromium: str, profile: str) -> str:
    silent = ["background-networking", "component-update", "sync", "quic", "gpu"]
    quiet = ["--no-first-run", *(f"--disable-{each}" for each in silent)]
    command = [chromium, "--headless", "--no-sandbox", *quiet, f"--user-data-dir={profile}"]
    command += [
        "--virtual-time-budget=120000",
        "--window-size=1200,1600",
        "--dump-dom",
        page.resolve().as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout


def pages(folders: list[Path]) -> list[Path]:
    found = {
        page
        for folder in folders
        for page in ([folder] if folder.is_file() else folder.rglob("*.html"))
    }
    return sorted(page for page in found if not page.name.startswith("."))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--axe", type=Path, default=axe_of_package())
    parser.add_argument(
        "--chromium", default=shutil.which("chromium") or shutil.which("google-chrome")
    )
    chosen = parser.parse_args()
    if not chosen.axe or not chosen.chromium:
        parser.error(
            "needs axe.min.js (pip install --no-deps axe-core-python) and chromium; say --axe FILE"
            " --chromium COMMAND"
        )
    axe, grave, lesser, looked = chosen.axe.read_text(encoding="utf-8"), 0, 0, pages(chosen.folders)
    for page in looked:
        for dark in (False, True):
            for fault in faults(page, axe, chosen.chromium, dark):
                if fault["impact"] not in GRAVE:
                    lesser += 1
                    continue
                grave += 1
                print(
                    f"{page} ({'dark' if dark else 'light'}): {fault['impact']} {fault['id']}:"
                    f" {fault['help']}"
                )
                print(*(f"    {node}" for node in fault["nodes"][:5]), sep="\n")
    print(
        f"{len(looked)} pages, each light and dark: {grave} serious or critical faults, {lesser}"
        " lesser"
    )
    return int(grave > 0 or not looked)


if __name__ == "__main__":
    sys.exit(main())
