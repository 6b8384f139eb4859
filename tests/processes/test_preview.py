"""The preview block: what one process shows, another sees, whole."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from backend.vision.preview import MAX_PICTURE_BYTES, PreviewReader, PreviewWriter, preview_path


def test_a_reader_may_come_before_the_writer(tmp_path: Path) -> None:
    reader = PreviewReader(tmp_path / "door")
    assert reader.newest() is None
    assert reader.status() is None
    writer = PreviewWriter(tmp_path / "door")
    writer.show(b"first")
    writer.tell({"state": "live", "fps": 25.0})
    assert reader.newest() == (1, b"first")
    status = reader.status()
    assert status is not None and status["state"] == "live" and status["fps"] == 25.0
    assert status["age"] < 20
    writer.close()
    reader.close()


def test_a_writer_started_anew_goes_on_with_the_numbers(tmp_path: Path) -> None:
    first = PreviewWriter(tmp_path / "door")
    assert [first.show(b"a"), first.show(b"b"), first.show(b"c")] == [1, 2, 3]
    reader = PreviewReader(tmp_path / "door")
    second = PreviewWriter(tmp_path / "door")
    assert second.show(b"d") == 4
    assert reader.wait(after=3, timeout=0) == (4, b"d")
    assert reader.wait(after=4, timeout=0.05) is None
    for end in (first, second, reader):
        end.close()


def test_a_silent_worker_is_told_as_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = PreviewWriter(tmp_path / "door")
    writer.tell({"state": "live"})
    reader = PreviewReader(tmp_path / "door")
    now = time.monotonic()
    monkeypatch.setattr("backend.vision.preview.time.monotonic", lambda: now + 3.5)
    status = reader.status()
    assert status is not None and status["state"] == "down" and status["age"] >= 3.4
    writer.close()
    reader.close()


def test_the_writer_knows_whether_anybody_watches(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, reader = PreviewWriter(tmp_path / "door"), PreviewReader(tmp_path / "door")
    assert not writer.watched()
    reader.newest()
    now = time.monotonic()
    monkeypatch.setattr("backend.vision.preview.time.monotonic", lambda: now + 1)
    assert writer.watched()
    later = time.time() + 10
    monkeypatch.setattr("backend.vision.preview.time.time", lambda: later)
    monkeypatch.setattr("backend.vision.preview.time.monotonic", lambda: now + 2)
    assert not writer.watched()
    writer.close()
    reader.close()


def test_a_picture_too_large_is_refused(tmp_path: Path) -> None:
    writer = PreviewWriter(tmp_path / "door")
    with pytest.raises(ValueError, match="does not fit"):
        writer.show(bytes(MAX_PICTURE_BYTES + 1))
    assert writer.show(bytes(MAX_PICTURE_BYTES)) == 1
    writer.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows lets no name hold a slash")
def test_devices_with_odd_names_stay_in_the_folder(tmp_path: Path) -> None:
    assert preview_path(tmp_path, "camera-1") == tmp_path / "preview-camera-1"
    odd = preview_path(tmp_path, "../../etc/passwd")
    assert odd.parent == tmp_path and odd != preview_path(tmp_path, "../../etc/shadow")


def _paint(path: Path, seconds: float) -> None:
    writer, number, end = PreviewWriter(path), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        number += 1
        writer.show(bytes([number % 251]) * (200_000 + number % 7))
        writer.tell({"number": number})


def test_no_torn_picture_is_ever_read(tmp_path: Path) -> None:
    """A writer as fast as it can be, and every picture read is all of one colour."""
    path = tmp_path / "door"
    writer = multiprocessing.get_context("spawn").Process(target=_paint, args=(path, 2.0))
    writer.start()
    reader, seen, last = PreviewReader(path), 0, 0
    while writer.is_alive() or seen == 0:
        found = reader.wait(after=last, timeout=0.2)
        reader.status()
        if found:
            assert found[0] > last
            assert found[1] == found[1][:1] * len(found[1])
            last, seen = found[0], seen + 1
    writer.join()
    reader.close()
    assert writer.exitcode == 0 and seen > 3  # a busy machine lets us look seldom
