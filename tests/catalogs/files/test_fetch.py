"""Fetching: the pinned bytes or an error that says why not, and never half a file under the final
name.
"""

import hashlib
import os

import pytest

from catalogs.errors import CatalogueError
from catalogs.files.fetch import RemoteFile, fetch

BODY = b"Name;Type\n" + b"NGC0001;G\n" * 500


@pytest.fixture
def remote(server):
    return RemoteFile(
        "NGC.csv", f"{server.address}/NGC.csv", hashlib.sha256(BODY).hexdigest(), len(BODY)
    )


def assert_nothing_stays(cache):
    assert not any(files for _, _, files in os.walk(cache))


def test_good_download_is_kept_and_not_repeated(remote, server, tmp_path):
    server.content["/NGC.csv"] = BODY
    path = fetch(remote, "openngc", cache=tmp_path)
    assert path == tmp_path / "openngc" / "NGC.csv" and path.read_bytes() == BODY
    assert os.listdir(path.parent) == ["NGC.csv"]
    assert fetch(remote, "openngc", cache=tmp_path) == path and server.asked == ["/NGC.csv"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BODY[:-1] + b"!", rf"the bytes differ \({len(BODY)} bytes"),
        (BODY[:100], f"cut short: 100 of {len(BODY)} bytes"),
        (b"", f"cut short: 0 of {len(BODY)} bytes"),
        (b"<!DOCTYPE html><html>sign in</html>", "an HTML page came instead of the file"),
    ],
)
def test_wrong_bytes_are_refused(remote, server, tmp_path, body, reason):
    server.content["/NGC.csv"] = body
    with pytest.raises(
        CatalogueError,
        match=f"NGC.csv: SHA-256 is .*, expected {remote.sha256}: .*{reason}.*remedy",
    ):
        fetch(remote, "openngc", cache=tmp_path)
    assert_nothing_stays(tmp_path)


def test_absent_file_names_address_and_mirror(remote, tmp_path):
    with pytest.raises(
        CatalogueError, match=r"/NGC.csv: the server answered HTTP 404; remedy: .*ASTRONN_MIRROR"
    ):
        fetch(remote, "openngc", cache=tmp_path)
    assert_nothing_stays(tmp_path)


def test_stalled_server_is_given_up(remote, server, tmp_path):
    server.content["/NGC.csv"] = ("stall", BODY)
    with pytest.raises(CatalogueError, match=r"the server was silent for 0.3 s"):
        fetch(remote, "openngc", cache=tmp_path, timeout=0.3)
    assert_nothing_stays(tmp_path)


def test_offline(remote, tmp_path, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(
        CatalogueError, match=r"could not be fetched: http://127.*no connection.*remedy: connect"
    ):
        fetch(remote, "openngc", cache=tmp_path)
    assert_nothing_stays(tmp_path)


def test_mirror_folder_comes_first_by_argument_and_by_environment(
    remote, server, tmp_path, monkeypatch
):
    mirror = tmp_path / "mirror"
    (mirror / "openngc").mkdir(parents=True)
    (mirror / "openngc" / "NGC.csv").write_bytes(BODY)
    assert fetch(remote, "openngc", cache=tmp_path / "one", mirror=mirror).read_bytes() == BODY
    monkeypatch.setenv("ASTRONN_MIRROR", str(mirror))
    assert fetch(remote, "openngc", cache=tmp_path / "two").read_bytes() == BODY
    assert server.asked == []


def test_mirror_address(remote, server, tmp_path):
    server.content["/copy/openngc/NGC.csv"] = BODY
    fetch(remote, "openngc", cache=tmp_path, mirror=f"{server.address}/copy/")
    assert server.asked == ["/copy/openngc/NGC.csv"]


def test_mirror_without_the_file_falls_to_the_public_address_and_both_are_named(
    remote, server, tmp_path
):
    with pytest.raises(CatalogueError, match=r"NGC.csv: No such file.*http://127.*HTTP 404"):
        fetch(remote, "openngc", cache=tmp_path / "cache", mirror=tmp_path)
    server.content["/NGC.csv"] = BODY
    assert fetch(remote, "openngc", cache=tmp_path / "cache", mirror=tmp_path).read_bytes() == BODY


def test_wrong_bytes_in_the_mirror_are_an_error_not_a_reason_to_go_on(remote, server, tmp_path):
    (tmp_path / "openngc").mkdir()
    (tmp_path / "openngc" / "NGC.csv").write_bytes(BODY[:50])
    server.content["/NGC.csv"] = BODY
    with pytest.raises(CatalogueError, match="cut short: 50 of"):
        fetch(remote, "openngc", cache=tmp_path / "cache", mirror=tmp_path)
    assert server.asked == []


def test_mirror_that_is_no_folder(remote, tmp_path):
    with pytest.raises(CatalogueError, match=r"mirror '.*nowhere' is not a folder"):
        fetch(remote, "openngc", cache=tmp_path, mirror=tmp_path / "nowhere")


def test_damaged_cache_is_fetched_again_and_survives_a_failed_try(remote, server, tmp_path):
    cached = tmp_path / "openngc" / "NGC.csv"
    cached.parent.mkdir()
    cached.write_bytes(b"damaged")
    with pytest.raises(CatalogueError, match="HTTP 404"):
        fetch(remote, "openngc", cache=tmp_path)
    assert os.listdir(cached.parent) == ["NGC.csv"]
    server.content["/NGC.csv"] = BODY
    assert fetch(remote, "openngc", cache=tmp_path).read_bytes() == BODY
