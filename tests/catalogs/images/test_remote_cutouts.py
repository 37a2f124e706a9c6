"""Cutouts by position from a server on this machine that plays the services: it answers as they do,
and fails as they do."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from catalogs.errors import CatalogueError
from catalogs.images import services
from catalogs.images.remote import IN_A_ROW, Cutouts, fetch_cutouts
from catalogs.survey_toml import survey as survey_toml
from catalogs.survey_toml.cutouts import fetch

NAMES = [f"s{k:02d}" for k in range(12)]
RA, DEC = np.arange(12) + 10.25, np.linspace(-60, 60, 12)
TOML = """
name = "cut"
simulated = true
scheme = {{ name = "two", classes = ["even", "odd"], ordered = false }}
[table]
file = "table.csv"
[objects]
id = "name"
ra = "ra"
dec = "dec"
[label]
column = "kind"
[images]
from = "{service}"
arcsec = 40
pixels = 32
size = 16
rate = {rate}
address = "{address}"
[splits.main]
kind = "stratified"
test_fraction = 0.4
"""


class Sky:
    """The server: `answers` has what comes for a right ascension before the picture does."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answers: dict[int, list[str]] = {}
        self.delay = 0.0
        sky = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
                sky.asked.append(query)
                time.sleep(sky.delay)
                waiting = sky.answers.get(int(float(query["ra"])), [])
                sky.answer(self, waiting.pop(0) if waiting else "picture", query)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/cutout"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, to, kind: str, query: dict[str, str]) -> None:
        data = picture(query)
        if kind.isdigit():
            to.send_response(int(kind))
            if kind == "429":
                to.send_header("Retry-After", "7")
            to.end_headers()
            return
        words = b"<html>The database is down for maintenance</html>"
        data = {"words": words, "half": data[: len(data) // 2]}.get(kind, data)
        to.send_response(200)
        to.send_header("Content-Length", str(len(data)))
        to.end_headers()
        to.wfile.write(data[:-100] if kind == "cut" else data)


def picture(query):
    """A JPEG that the position decides."""
    rng = np.random.default_rng(int(float(query["ra"]) * 1000))
    side = int(query.get("width") or query["size"])
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def sky():
    sky = Sky()
    yield sky
    sky.server.shutdown()
    sky.server.server_close()


def cut(sky, folder, waits=None, **options):
    wanted = Cutouts("hips", 40.0, 32, rate=1e6, address=sky.address)
    sleep = (waits if waits is not None else []).append
    return fetch_cutouts(wanted, NAMES, RA, DEC, folder, sleep=sleep, **options)


@pytest.mark.parametrize("service", services.names())
def test_a_survey_toml_takes_its_pictures_from_a_service(service, sky, tmp_path):
    rows = [
        f"{name},{ra},{dec},{('even', 'odd')[k % 2]}"
        for k, (name, ra, dec) in enumerate(zip(NAMES, RA, DEC, strict=True))
    ]
    (tmp_path / "table.csv").write_text("\n".join(["name,ra,dec,kind", *rows]) + "\n")
    toml = tmp_path / "survey.toml"
    toml.write_text(TOML.format(service=service, rate=1000, address=sky.address))
    survey = survey_toml.load(toml)
    with pytest.raises(CatalogueError, match="the cutouts are not there; remedy: astronn cutouts"):
        survey.images.stack(survey.toml_files, tmp_path / "stack")
    account = fetch(toml)
    assert (account.fetched, account.kept, account.absent) == (12, 0, {})
    assert [float(each["ra"]) for each in sky.asked] == pytest.approx(RA)
    assert [float(each["dec"]) for each in sky.asked] == pytest.approx(DEC, abs=1e-6)
    sides = [
        float(q["fov"]) * 3600 if "fov" in q else 32 * float(q.get("scale") or q["pixscale"])
        for q in sky.asked
    ]
    assert sides == pytest.approx([40.0] * 12, rel=1e-5)
    survey = survey_toml.load(toml)
    stack = survey.images.stack(survey.toml_files, tmp_path / "stack")
    assert sorted(stack.object_id) == NAMES and not stack.set_aside
    assert fetch(toml).kept == 12 and len(sky.asked) == 12


def test_what_fails_for_a_while_is_asked_again(sky, tmp_path):
    sky.answers = {10: ["429", "503"], 11: ["cut"], 12: ["words"], 13: ["half"], 14: ["500"]}
    waits = []
    account = cut(sky, tmp_path / "cutouts", waits)
    assert account.fetched == 12 and not account.absent and len(sky.asked) == 12 + 6
    assert [w for w in waits if w >= 1] == [7.0, 2.0, 1.0, 1.0, 1.0, 1.0]  # 7 s: Retry-After
    for name, ra in zip(NAMES, RA, strict=True):
        assert (tmp_path / "cutouts" / f"{name}.jpg").read_bytes() == picture(
            {"ra": ra, "width": "32"}
        )


def test_what_a_service_does_not_have_is_said_and_not_asked_again(sky, tmp_path):
    sky.answers = {12: ["404"], 15: ["400"]}
    account = cut(sky, tmp_path / "cutouts")
    said = "the server answered HTTP "
    assert account.absent == {"s02": f"{said}404", "s05": f"{said}400"} and len(sky.asked) == 12
    account = cut(sky, tmp_path / "cutouts")  # 400 may be our mistake: it is asked again
    assert account.absent == {"s02": f"{said}404"} and (account.kept, account.fetched) == (10, 1)
    assert cut(sky, tmp_path / "cutouts", again=True).fetched == 1


def test_a_service_that_is_gone_ends_the_run_and_keeps_what_came(sky, tmp_path):
    sky.answers = {ra: ["503"] * 5 for ra in range(14, 14 + IN_A_ROW)}
    with pytest.raises(
        CatalogueError, match=r"no picture of 5 objects in a row .*HTTP 503, asked 5"
    ):
        cut(sky, tmp_path / "cutouts")
    account = cut(sky, tmp_path / "cutouts")
    assert (account.kept, account.fetched) == (4, 8)


def test_the_rate_is_kept(sky, tmp_path):
    wanted = Cutouts("sdss", 40.0, 32, rate=25.0, address=sky.address)
    before = time.monotonic()
    fetch_cutouts(wanted, NAMES, RA, DEC, tmp_path / "cutouts")
    assert time.monotonic() - before >= 11 / 25


def test_other_settings_are_refused_and_other_positions_fetched_anew(sky, tmp_path):
    cut(sky, tmp_path / "cutouts")
    other = Cutouts("hips", 50.0, 32, rate=1e6, address=sky.address)
    with pytest.raises(
        CatalogueError, match=r"holds cutouts of .*40.0.*remedy: name another folder"
    ):
        fetch_cutouts(other, NAMES, RA, DEC, tmp_path / "cutouts")
    wanted = Cutouts("hips", 40.0, 32, rate=1e6, address=sky.address)
    moved = np.where(np.arange(12) == 3, RA + 0.5, RA)
    moved[4] = np.nan
    account = fetch_cutouts(wanted, NAMES, moved, DEC, tmp_path / "cutouts")
    assert (account.kept, account.fetched) == (10, 1)
    assert account.absent == {"s04": "it has no position"}


def test_an_identifier_that_leaves_the_folder_is_refused(sky, tmp_path):
    wanted = Cutouts("hips", 40.0, 32, rate=1e6, address=sky.address)
    for name in ("../a", "/etc/a", "a/../../b", ""):
        with pytest.raises(CatalogueError, match="cannot be the name of a file; remedy: name"):
            fetch_cutouts(wanted, [name], RA[:1], DEC[:1], tmp_path / "cutouts")


RUN = """
import sys
import numpy as np
from pathlib import Path
from catalogs.images.remote import Cutouts, fetch_cutouts
names = [f"s{k:02d}" for k in range(12)]
wanted = Cutouts("hips", 40.0, 32, rate=1e6, address=sys.argv[1])
fetch_cutouts(wanted, names, np.arange(12) + 10.25, np.linspace(-60, 60, 12), Path(sys.argv[2]))
"""


def test_a_killed_run_goes_on_where_it_was(sky, tmp_path):
    sky.delay = 0.1
    run = subprocess.Popen([sys.executable, "-c", RUN, sky.address, str(tmp_path / "cutouts")])
    deadline = time.monotonic() + 60
    while len(sky.asked) < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    with open(tmp_path / "cutouts.jsonl", "a") as file:
        file.write('{"name": "s0')  # as a kill amid a line leaves it
    sky.delay = 0.0
    before = len(sky.asked)
    assert 6 <= before < 12
    account = cut(sky, tmp_path / "cutouts")
    assert account.kept >= 5 and account.kept + account.fetched == 12
    assert len(sky.asked) <= 13  # one at most came twice
    for name, ra in zip(NAMES, RA, strict=True):
        assert (tmp_path / "cutouts" / f"{name}.jpg").read_bytes() == picture(
            {"ra": ra, "width": "32"}
        )
    lines = (tmp_path / "cutouts.jsonl").read_text().splitlines()
    assert [json.loads(line)["name"] for line in lines[1:]] == NAMES
