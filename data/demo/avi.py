"""Writes Motion JPEG in AVI: JPEG frames in a RIFF file with an index.

OpenCV's own writer of this format makes files four times as large as its JPEG encoder does.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

HAS_INDEX = 0x10
KEYFRAME = 0x10


def write(path: Path, frames: Sequence[bytes], width: int, height: int, fps: int) -> None:
    """Write `frames`, each a JPEG file of `width` x `height`, as one film of `fps` frames a second."""
    largest = max(map(len, frames))
    header = _chunk(b"avih", struct.pack("<14I", 1_000_000 // fps, largest * fps, 0, HAS_INDEX, len(frames), 0, 1,
                                         largest, width, height, 0, 0, 0, 0))
    stream = _chunk(b"strh", struct.pack("<4s4sIHHIIIIIIIIHHHH", b"vids", b"MJPG", 0, 0, 0, 0, 1, fps, 0, len(frames),
                                         largest, 0xFFFFFFFF, 0, 0, 0, width, height))
    picture = _chunk(b"strf", struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3,
                                          0, 0, 0, 0))
    movie, index, place = [], [], 4
    for frame in frames:
        chunk = _chunk(b"00dc", frame)
        index.append(struct.pack("<4sIII", b"00dc", KEYFRAME, place, len(frame)))
        movie.append(chunk)
        place += len(chunk)
    body = (_list(b"hdrl", header + _list(b"strl", stream + picture)) + _list(b"movi", b"".join(movie))
            + _chunk(b"idx1", b"".join(index)))
    path.write_bytes(_chunk(b"RIFF", b"AVI " + body))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _list(kind: bytes, content: bytes) -> bytes:
    return _chunk(b"LIST", kind + content)
