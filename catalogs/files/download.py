"""One file from a web server: the bytes as they are sent, or the reason in words why they did not
come.

A server may stall, trickle, break off, or send more than the file holds; none of these may hang a
run or fill a disk."""

from __future__ import annotations

import time
from pathlib import Path

BLOCK = 1 << 16
SLOWEST = 1000  # bytes a second, on average over one timeout: a 100 MB file would take a day


class Unavailable(Exception):
    """A source that could not deliver the file at all; the next source is tried. `status` is what
    the server answered, None if it did not; `wait` the seconds after which it wants to be asked
    again, None if it did not say.
    """

    def __init__(self, reason: str, status: int | None = None, wait: float | None = None) -> None:
        super().__init__(reason)
        self.status, self.wait = status, wait


def download(url: str, scratch: Path, *, size: int, timeout: float) -> None:
    """Write the file at `url` to `scratch`, at most one block more than the `size` bytes that it
    should have.

    `timeout` is in seconds: for connecting, for each silence of the server, and the time over which
    it must send 1000 bytes a second. Raises Unavailable with the reason."""
    import requests
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    try:
        with requests.get(
            url, stream=True, timeout=timeout, headers={"Accept-Encoding": "identity"}
        ) as response:
            response.raise_for_status()
            with open(scratch, "wb") as file:
                _copy(response.raw, file, size, timeout)
    except (RequestException, HTTPError) as error:
        answer = getattr(error, "response", None)
        status = getattr(answer, "status_code", None)
        wait = _seconds(answer.headers.get("Retry-After")) if answer is not None else None
        raise Unavailable(_in_words(error, timeout), status, wait) from error


def _seconds(retry_after: str | None) -> float | None:
    """What the head Retry-After asks for; None for a date or nothing."""
    return float(retry_after) if retry_after and retry_after.strip().isdigit() else None


def _copy(stream, file, size: int, timeout: float) -> None:
    """Copy until the end, or until more than `size` bytes have come: the checksum of the caller
    then says the rest.
    """
    copied, since, before = 0, time.monotonic(), 0
    while block := stream.read1(BLOCK):
        file.write(block)
        copied += len(block)
        if copied > size:
            return
        if (passed := time.monotonic() - since) > timeout:
            if copied - before < SLOWEST * passed:
                raise Unavailable(f"the server sent only {copied - before} bytes in {passed:.3g} s")
            since, before = time.monotonic(), copied


def _in_words(error: Exception, timeout: float) -> str:
    """Why a download failed, in a few words without the nested messages of the HTTP libraries."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    text = str(error)
    if status is not None:
        return f"the server answered HTTP {status}"
    if "timed out" in text or "timeout" in type(error).__name__.lower():
        return f"the server was silent for {timeout:g} s"
    if "IncompleteRead" in text or type(error).__name__ in (
        "ProtocolError",
        "ChunkedEncodingError",
    ):
        return "the connection broke off before the end of the file"
    return f"no connection ({type(error).__name__})"
