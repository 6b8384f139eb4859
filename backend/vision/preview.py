"""The live preview between processes: the newest JPEG and a status block in a mapped file.

One worker writes, any number of web threads read, nobody waits for anybody: each of the two
areas has two slots, and a slot whose checksum is wrong (it is being written right now) is
passed over for the other. A mapped file rather than `multiprocessing.shared_memory`, whose
resource tracker unlinks a block as soon as the first process that opened it ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import re
import struct
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WATCHED_FOR = 5.0
"""Seconds after which a reader that has not looked again does not count as watching."""

STALE_AFTER = 3.0
"""Seconds without a word after which a worker's status is not believed any more."""

_SLOT = struct.Struct("<QII")  # sequence, length, checksum of all that


@dataclass(frozen=True)
class _Area:
    """Two slots at `offset`, of `capacity` bytes each, heads included."""

    offset: int
    capacity: int

    def slot(self, sequence: int) -> int:
        return self.offset + (sequence % 2) * self.capacity

    @property
    def room(self) -> int:
        return self.capacity - _SLOT.size

    def write(self, block: mmap.mmap, sequence: int, data: bytes) -> None:
        start = self.slot(sequence)
        block[start + _SLOT.size:start + _SLOT.size + len(data)] = data
        block[start:start + _SLOT.size] = _SLOT.pack(sequence, len(data), _checksum(sequence, data))

    def newest(self, block: mmap.mmap) -> tuple[int, bytes] | None:
        """The newest whole content, or None where nothing was written yet."""
        heads = [_SLOT.unpack_from(block, self.slot(parity)) for parity in (0, 1)]
        for sequence, length, checksum in sorted(heads, reverse=True):
            if sequence == 0 or length > self.room:
                continue
            start = self.slot(sequence) + _SLOT.size
            data = block[start:start + length]
            if _checksum(sequence, data) == checksum:
                return sequence, data
        return None

    def sequence(self, block: mmap.mmap) -> int:
        """The sequence of the newest slot, without reading it."""
        return max(_SLOT.unpack_from(block, self.slot(parity))[0] for parity in (0, 1))


_STATUS = _Area(0, 16_384)
_PICTURE = _Area(2 * _STATUS.capacity, 1_048_576)
_SIZE = _PICTURE.offset + 2 * _PICTURE.capacity

MAX_PICTURE_BYTES = _PICTURE.room
"""Largest JPEG that fits; a worker scales its preview down to stay below."""


def _checksum(sequence: int, data: bytes) -> int:
    return zlib.crc32(data, sequence & 0xFFFFFFFF)


def preview_path(folder: Path, device: str) -> Path:
    """The preview file of a device; ids with odd characters get a hash of their own."""
    name = device if re.fullmatch(r"[\w-]{1,80}", device, re.ASCII) \
        else hashlib.sha256(device.encode()).hexdigest()[:32]
    return folder / f"preview-{name}"


class PreviewWriter:
    """The writing end; one a device. A writer that follows another goes on with its numbers."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where the folder has no room: found out now, not as a signal later."""
        self._block = _open_for_writing(path)
        self._looks = _looks_path(path)
        self._asked, self._watched = -1e9, False
        self._picture = _PICTURE.sequence(self._block)
        self._status = _STATUS.sequence(self._block)

    def show(self, jpeg: bytes) -> int:
        """Put a JPEG in place of the last one; returns its sequence number."""
        if len(jpeg) > _PICTURE.room:
            raise ValueError(f"a preview of {len(jpeg)} bytes does not fit into {_PICTURE.room}")
        self._picture += 1
        _PICTURE.write(self._block, self._picture, jpeg)
        return self._picture

    def tell(self, status: Mapping[str, Any]) -> None:
        """Put a JSON-ready status in place of the last one, stamped with the monotonic clock."""
        data = json.dumps({**status, "_at": time.monotonic()}, default=str).encode()
        if len(data) > _STATUS.room:
            raise ValueError(f"a status of {len(data)} bytes does not fit into {_STATUS.room}")
        self._status += 1
        _STATUS.write(self._block, self._status, data)

    def watched(self) -> bool:
        """Whether somebody has looked at the picture lately; drawing for nobody costs power."""
        now = time.monotonic()
        if now - self._asked >= 0.5:
            self._asked = now
            try:
                self._watched = time.time() - self._looks.stat().st_mtime < WATCHED_FOR
            except FileNotFoundError:
                self._watched = False
        return self._watched

    def close(self) -> None:
        self._block.close()


def _looks_path(path: Path) -> Path:
    """The file whose time of change says when somebody looked last."""
    return path.with_name(path.name + ".looks")


def _open_for_writing(path: Path) -> mmap.mmap:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        lacking = _SIZE - os.fstat(handle).st_size
        if lacking > 0:
            # Written out rather than truncated to size: a sparse page on a full disk would end
            # the process with SIGBUS at some later moment.
            os.lseek(handle, 0, os.SEEK_END)
            while lacking > 0:
                lacking -= os.write(handle, bytes(min(lacking, 1 << 20)))
        return mmap.mmap(handle, _SIZE)
    finally:
        os.close(handle)


class PreviewReader:
    """The reading end, safe to share between threads; opens the file when it is there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked = -1e9
        self._block: mmap.mmap | None = None

    def newest(self) -> tuple[int, bytes] | None:
        """(sequence, JPEG), or None where no picture was shown yet."""
        self._look()
        block = self._open()
        return _PICTURE.newest(block) if block else None

    def wait(self, after: int, timeout: float) -> tuple[int, bytes] | None:
        """The newest picture with a sequence above `after`; None after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            self._look()
            block = self._open()
            if block and _PICTURE.sequence(block) > after:
                found = _PICTURE.newest(block)
                if found and found[0] > after:
                    return found
            if time.monotonic() >= deadline:
                return None
            time.sleep(0.02)

    def status(self) -> dict[str, Any] | None:
        """What the worker said last, with `age` in seconds; None where it said nothing yet.

        A status older than STALE_AFTER comes with `state` "down": its worker is gone or hangs,
        and the supervisor is about to start another.
        """
        block = self._open()
        found = _STATUS.newest(block) if block else None
        if found is None:
            return None
        status: dict[str, Any] = json.loads(found[1])
        status["age"] = max(0.0, round(time.monotonic() - status.pop("_at"), 3))
        if status["age"] > STALE_AFTER:
            status["state"] = "down"
        return status

    def close(self) -> None:
        block, self._block = self._block, None
        if block is not None:
            block.close()

    def _look(self) -> None:
        """Leave word that somebody watches."""
        now = time.monotonic()
        if now - self._looked >= 1.0:
            self._looked = now
            with contextlib.suppress(OSError):
                _looks_path(self._path).touch(0o600)

    def _open(self) -> mmap.mmap | None:
        if self._block is None:
            # Not there yet, or there and not yet of its size.
            with contextlib.suppress(FileNotFoundError, ValueError), open(self._path, "rb") as file:
                self._block = mmap.mmap(file.fileno(), _SIZE, access=mmap.ACCESS_READ)
        return self._block
