"""Gzipped bytes to plain ones, without the bombs: a few kilobytes can unpack to all the memory
there is.
"""

from __future__ import annotations

import zlib

LARGEST = 1 << 32  # bytes: no file that a survey publishes unpacks to more


def gunzipped(data: bytes, largest: int = LARGEST) -> bytes:
    """The bytes packed in a gzip file, of one member or several; OSError if it is damaged or holds
    more than `largest`.
    """
    parts, size = [], 0
    while data:
        unpacker = zlib.decompressobj(wbits=31)  # 31: a gzip head and its checksum
        try:
            part = unpacker.decompress(data, largest - size + 1)
        except zlib.error as error:
            raise OSError(str(error)) from error
        size += len(part)
        if size > largest:
            raise OSError(f"it unpacks to more than {largest} bytes")
        if not unpacker.eof:
            raise EOFError("it ends before its end marker")
        parts.append(part)
        data = unpacker.unused_data.lstrip(b"\0")  # members may be padded with zeros
    return b"".join(parts)
