"""A small file in OpenNGC's form and a local web server, for the tests of this room."""

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.schema import Column

NGC_COLUMNS = (
    "Name;Type;RA;Dec;Hubble;MajAx;MinAx;B-Mag;J-Mag;H-Mag;K-Mag;Redshift;Identifiers;SurfBr"
)
NGC_ROWS = (
    (
        "NGC0001;G;00:07:15.84;+27:42:29.1;Sb;1.57;1.07;13.69;10.78;10.02;9.76;0.015147;PGC"
        " 000564;23.2"
    ),
    (
        "NGC0002;G;00:07:17.11;-27:40:42.1;SBab;1.12;0.64;15.00;11.78;11.08;10.81;0.025240;ESO"
        " 001-001,PGC 2;23.1"
    ),
    "NGC0003;G;00:07:16.80;-00:18:05.8;S0;0.95;0.50;;11.22;;10.27;0.013;ESO-LV 3-3;",
    "NGC0004;*;00:07:24.40;+08:22:25.9;;;;16.8;;;;;;",
    "NGC0005;G;00:07:48.87;-35:21:44.3;;1.18;0.66;14.65;10.96;10.26;10.04;-0.0005;ESO 2-2;",
    "NGC0006;Dup;00:08:20.16;-33:18:31.0;E;1;1;12;10;10;9;0.01;ESO 3-3;",
)


@pytest.fixture
def ngc_file(tmp_path):
    """Write a file in OpenNGC's form from its lines, after replacing text in them, and return its
    path.
    """

    def write(*replacements: tuple[str, str], rows=NGC_ROWS, header=NGC_COLUMNS):
        text = "\n".join((header, *rows)) + "\n"
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "NGC.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def small():
    """A catalogue of six objects in two classes, one unlabelled, one with a missing value."""
    ids = np.array(["d", "b", "f", "a", "e", "c"])
    return Catalogue(
        survey="small",
        object_id=ids,
        features=pd.DataFrame(
            {"mag": [10.0, 11.0, np.nan, 13.0, 14.0, 15.0], "size": np.arange(6.0)}
        ),
        columns=(
            Column("mag", "mag", "brightness", 0.0, 30.0),
            Column("size", "dex(arcmin)", "log size", derived=True),
        ),
        labels=np.array(["E", "E", "S0", "S0", "", "S0"]),
        scheme=schemes.load("hubble_5"),
        group=ids,
        ra_deg=np.linspace(0, 300, 6),
        dec_deg=np.full(6, np.nan),
        provenance={"source": "made for the tests"},
        flags=pd.DataFrame({"south": [True, False, True, False, False, False]}),
    )


class Answers(BaseHTTPRequestHandler):
    """Answers each path from `server.content`: bytes, a status code, ('stall', bytes) that stops
    half-way, or a function that is called with this handler until it returns True or the client is
    gone.
    """

    def do_GET(self):
        self.server.asked.append(self.path)
        answer = self.server.content.get(self.path, 404)
        if isinstance(answer, int):
            self.send_error(answer)
            return
        if callable(answer):
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):  # the client has gone
                while not (answer(self) or self.server.closing):
                    self.wfile.flush()
            return
        stalls, body = (True, answer[1]) if isinstance(answer, tuple) else (False, answer)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if stalls else body)
        self.wfile.flush()
        if stalls:
            while not self.server.closing:
                time.sleep(0.02)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    """A web server on this machine: fill `content`, read `asked`, `address`."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("ASTRONN_MIRROR", raising=False)
    web = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    web.daemon_threads = True
    web.content, web.asked, web.closing = {}, [], False
    web.address = f"http://127.0.0.1:{web.server_address[1]}"
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield web
    web.closing = True
    web.shutdown()
    web.server_close()
