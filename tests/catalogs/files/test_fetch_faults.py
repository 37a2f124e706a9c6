"""Servers, disks and mirrors that misbehave: the message names the cause, nothing hangs, no half
file under the final name.
"""

import hashlib
import os
import subprocess
import time

import pytest

from catalogs.errors import CatalogueError
from catalogs.files.fetch import RemoteFile, fetch

BODY = b"Name;Type\n" + b"NGC0001;G\n" * 50_000  # half a megabyte


@pytest.fixture
def remote(server):
    return RemoteFile(
        "NGC.csv", f"{server.address}/NGC.csv", hashlib.sha256(BODY).hexdigest(), len(BODY)
    )


@pytest.fixture
def full_disk(tmp_path):
    """A file system of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True
    ).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def files_under(folder) -> list[str]:
    return [name for _, _, names in os.walk(folder) for name in names]


def refused(remote, cache, message, **options):
    with pytest.raises(CatalogueError, match=message):
        fetch(remote, "openngc", cache=cache, **options)
    assert files_under(cache) == []


def trickle(handler):
    handler.wfile.write(b"N")
    time.sleep(0.02)


def endless(handler):
    handler.server.sent = getattr(handler.server, "sent", 0) + 65536
    handler.wfile.write(bytes(65536))


def broken_off(handler):
    handler.wfile.write(BODY[:1000])
    return True


def test_a_server_that_trickles_is_given_up(remote, server, tmp_path):
    server.content["/NGC.csv"] = trickle
    refused(
        remote,
        tmp_path,
        r"the server sent only \d+ bytes in [\d.]+ s; remedy: connect .*ASTRONN_MIRROR",
        timeout=0.5,
    )


def test_a_server_that_never_ends_does_not_fill_the_disk(remote, server, tmp_path):
    server.content["/NGC.csv"] = endless
    refused(remote, tmp_path, rf"longer than it should be: more than {len(BODY)} bytes")


def test_a_connection_that_breaks_off_leaves_nothing(remote, server, tmp_path):
    server.content["/NGC.csv"] = broken_off
    refused(remote, tmp_path, rf"cut short: 1000 of {len(BODY)} bytes.*remedy: try again")


def test_one_flipped_bit_is_found(remote, server, tmp_path):
    flipped = bytearray(BODY)
    flipped[len(BODY) // 2] ^= 1
    server.content["/NGC.csv"] = bytes(flipped)
    refused(remote, tmp_path, r"SHA-256 is [0-9a-f]{64}, expected .*the bytes differ")


def test_a_mirror_that_answers_with_a_page_is_named(remote, server, tmp_path):
    server.content["/mirror/openngc/NGC.csv"] = b"<html><body>Please sign in</body></html>"
    refused(
        remote,
        tmp_path,
        r"an HTML page came instead of the file .*/mirror/openngc",
        mirror=f"{server.address}/mirror",
    )


def test_a_mirror_that_stalls_gives_way_to_the_public_address(remote, server, tmp_path):
    server.content |= {"/mirror/openngc/NGC.csv": ("stall", BODY), "/NGC.csv": BODY}
    assert (
        fetch(
            remote, "openngc", cache=tmp_path, mirror=f"{server.address}/mirror", timeout=0.3
        ).read_bytes()
        == BODY
    )


def test_a_full_disk_is_named_whether_the_file_is_downloaded_or_copied(
    remote, server, tmp_path, full_disk
):
    server.content["/NGC.csv"] = BODY
    said = (
        "NGC.csv cannot be written: No space left on device; remedy: make room there, or set"
        " ASTRONN_CACHE"
    )
    refused(remote, full_disk / "cache", said)
    mirror = tmp_path / "mirror" / "openngc"
    mirror.mkdir(parents=True)
    (mirror / "NGC.csv").write_bytes(BODY)
    refused(remote, full_disk / "cache", said, mirror=mirror.parent)


def test_a_read_only_disk_is_named(remote, server, full_disk):
    server.content["/NGC.csv"] = BODY
    subprocess.run(["mount", "-o", "remount,ro", full_disk], check=True)
    refused(remote, full_disk / "cache", "cannot be written: Read-only file system")


def test_a_pipe_in_the_mirror_is_not_waited_for(remote, tmp_path):
    (tmp_path / "mirror" / "openngc").mkdir(parents=True)
    os.mkfifo(tmp_path / "mirror" / "openngc" / "NGC.csv")
    refused(remote, tmp_path / "cache", "NGC.csv: is no file", mirror=tmp_path / "mirror")
