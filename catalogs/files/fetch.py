"""Files of a survey on this disk: from the cache, from a mirror, or from their public address;
always verified.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from catalogs.errors import CatalogueError
from catalogs.files.atomic import replacing
from catalogs.files.digests import sha256_of
from catalogs.files.download import Unavailable, download
from catalogs.files.sniff import kind

logger = logging.getLogger(__name__)

MIRROR_VARIABLE = "ASTRONN_MIRROR"
WRITING = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EFBIG,
}  # faults of the disk written to, not of the source


@dataclass(frozen=True)
class RemoteFile:
    """One file of a survey: its public address and what its bytes must be.

    A file without a public address ('') says in `unpublished` what it is made from. `survey` names
    the survey that the file belongs to where another one shares it; mirror and cache keep it under
    that name."""

    name: str
    url: str
    sha256: str
    bytes: int
    unpublished: str = ""
    survey: str = ""


def fetch(
    remote: RemoteFile,
    survey: str,
    *,
    cache: Path | str,
    mirror: Path | str | None = None,
    timeout: float = 60.0,
) -> Path:
    """The path `<cache>/<survey>/<name>` of a file whose SHA-256 is the pinned one.

    A verified cached file is used as it is. Otherwise the sources are tried in order: the mirror (a
    folder or an http(s) address that holds `<survey>/<name>`), then `remote.url`. `mirror` None
    stands for the environment variable ASTRONN_MIRROR, '' for no mirror. A source that cannot
    deliver is passed over and named if all fail; one that delivers other bytes than the pinned ones
    is an error at once. `timeout` is in seconds, for connecting and for each silence of the server.
    Nothing half-written is ever seen under the final name.

    Raises
    ------
    CatalogueError
        If no source delivers, one delivers other bytes, or the cache cannot be written.
    """
    survey = remote.survey or survey
    target = Path(cache) / survey / remote.name
    if target.is_file():
        if sha256_of(target) == remote.sha256:
            return target
        logger.warning("%s is damaged (checksum differs): fetching it again", target)
    sources = _sources(remote, survey, mirror)
    try:
        with replacing(target) as scratch:
            _from_first(sources, scratch, remote, survey, timeout)
    except OSError as error:
        raise CatalogueError(
            f"{target} cannot be written: {error.strerror or error}; remedy: make room there, or"
            " set ASTRONN_CACHE to another folder"
        ) from error
    return target


def _from_first(
    sources: list[str], scratch: Path, remote: RemoteFile, survey: str, timeout: float
) -> None:
    """Bring the verified file to `scratch` from the first source that can deliver it."""
    failures = []
    for source in sources:
        try:
            _deliver(source, scratch, remote.bytes, timeout)
        except Unavailable as reason:
            failures.append(f"{source}: {reason}")
            continue
        _verify(scratch, remote, source)
        return
    raise CatalogueError(_offline_message(remote, survey, failures))


def _sources(remote: RemoteFile, survey: str, mirror: Path | str | None) -> list[str]:
    """Where the file may be had, in order: the mirror, if one is set, then the public address."""
    if mirror is None:
        mirror = os.environ.get(MIRROR_VARIABLE, "")
    mirror, public = str(mirror), [remote.url] if remote.url else []
    if not mirror:
        return public
    if _is_web(mirror):
        return [f"{mirror.rstrip('/')}/{survey}/{remote.name}", *public]
    if not Path(mirror).is_dir():
        raise CatalogueError(
            f"mirror {mirror!r} is not a folder on this machine; remedy: set {MIRROR_VARIABLE} to a"
            f" folder that holds {survey}/{remote.name}, to an http(s) address, or to nothing"
        )
    return [str(Path(mirror) / survey / remote.name), *public]


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _deliver(source: str, scratch: Path, size: int, timeout: float) -> None:
    """Bring the bytes of `source` to `scratch`, or raise Unavailable with the reason in words."""
    if _is_web(source):
        download(source, scratch, size=size, timeout=timeout)
        return
    try:
        if not Path(
            source
        ).is_file():  # a pipe or a device in place of the file would be read for ever
            raise Unavailable(
                "is no file" if Path(source).exists() else "No such file or directory"
            )
        shutil.copyfile(source, scratch)
    except OSError as error:
        if error.errno in WRITING:
            raise
        raise Unavailable(error.strerror or str(error)) from error


def _verify(scratch: Path, remote: RemoteFile, source: str) -> None:
    """Raise when the delivered bytes are not the pinned ones, saying what they look like."""
    found = sha256_of(scratch)
    if found == remote.sha256:
        return
    size = scratch.stat().st_size
    looks = kind(scratch)
    if looks == "an HTML page" and not remote.name.endswith((".html", ".htm")):
        what = "an HTML page came instead of the file (a login, error or proxy page)"
    elif size > remote.bytes:
        what = f"the file is longer than it should be: more than {remote.bytes} bytes"
    elif size < remote.bytes:
        what = f"the file is cut short: {size} of {remote.bytes} bytes"
    else:
        what = f"the bytes differ ({size} bytes, {remote.bytes} expected)"
    raise CatalogueError(
        f"{remote.name}: SHA-256 is {found}, expected {remote.sha256}: {what}; source {source};"
        " remedy: try again, or use a mirror that holds the pinned version; to use a file of your"
        " own, give its path"
    )


def _offline_message(remote: RemoteFile, survey: str, failures: list[str]) -> str:
    if not remote.url:
        tried = f" ({'; '.join(failures)})" if failures else ""
        return (
            f"{remote.name} has no public address{tried}: {remote.unpublished}; remedy: set"
            f" {MIRROR_VARIABLE} to a folder that holds {survey}/{remote.name}, or give the path of"
            " your own"
        )
    return (
        f"{remote.name} could not be fetched: {'; '.join(failures)}; remedy: connect to the"
        f" network, or set {MIRROR_VARIABLE} to a folder that holds {survey}/{remote.name}"
    )
