"""Reads a picture's format and size from its first bytes, without decoding anything.

A few kilobytes can claim to be a picture of 500 megapixels; the decoder would believe them and
take the memory. So the header is read here first, by hand, for the formats that we take.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """What the first bytes say; `complete` is False where the file is visibly cut off."""

    format: str
    width: int
    height: int
    complete: bool


def read_header(data: bytes) -> Header | None:
    """The header of a JPEG, PNG, WebP or BMP; None where it is none of them, or is broken."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data[:2] == b"BM":
            return _bmp(data)
    except (struct.error, IndexError):
        return None
    return None


def _png(data: bytes) -> Header | None:
    if data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return Header("png", width, height, complete=b"IEND" in data[-64:])


def _jpeg(data: bytes) -> Header | None:
    """Walks the segments to the frame header, as decoders do."""
    position = 2
    while True:
        position = data.index(b"\xff", position) if b"\xff" in data[position:position + 65536] else -1
        if position < 0:
            return None
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if marker == 0 or marker == 1 or 0xD0 <= marker <= 0xD8:
            continue  # a stuffed byte or a marker without a body
        if marker in (0xD9, 0xDA):
            return None  # end or pixels before any frame header
        length = struct.unpack(">H", data[position:position + 2])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 3:position + 7])
            # Inside the pixels a 0xFF byte is always followed by a stuffed 0, so that the end
            # marker after them cannot be mistaken; one before them belongs to a thumbnail.
            return Header("jpeg", width, height, complete=data.rfind(b"\xff\xd9") > position)
        position += length


def _webp(data: bytes) -> Header | None:
    complete = len(data) >= struct.unpack("<I", data[4:8])[0] + 8
    kind = data[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
    elif kind == b"VP8L":
        bits = struct.unpack("<I", data[21:25])[0]
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = (value & 0x3FFF for value in struct.unpack("<HH", data[26:30]))
    else:
        return None
    return Header("webp", width, height, complete)


def _bmp(data: bytes) -> Header | None:
    size, = struct.unpack("<I", data[14:18])
    if size == 12:
        width, height = struct.unpack("<HH", data[18:22])
    else:
        width, height = (abs(value) for value in struct.unpack("<ii", data[18:26]))
    return Header("bmp", width, height, complete=True)
