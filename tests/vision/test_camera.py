"""Cameras: what may be one, frames at their own rate, blindness told, coming back by itself."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from backend.vision.camera import CameraState, Source, open_source
from backend.vision.errors import BadCameraSource, SourceLost
from backend.vision.sources.naming import parse, without_password


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Fifteen frames at 30 a second, each of one grey: its number times ten."""
    path = tmp_path / "steps.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 30, (64, 48))
    for number in range(15):
        writer.write(np.full((48, 64, 3), 10 * number, np.uint8))
    writer.release()
    return path


def wait_for(what, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


@pytest.mark.parametrize(("text", "said"), [
    ("", "empty"), ("   ", "empty"), ("no-such-thing", "no camera, file or folder"),
    ("ftp://camera/stream", "ftp://"), ("rtsp://", "no host"), ("http://camera:port/", "Port"),
    ("pyproject.toml", "no video"), ("backend", "holds no pictures"), ("file:///etc/passwd", "file://"),
])
def test_nonsense_is_refused_with_a_line_that_says_why(text, said):
    with pytest.raises(BadCameraSource, match=said) as caught:
        open_source(text)
    assert caught.value.status == 422


@pytest.mark.parametrize(("text", "kind"), [
    ("0", "webcam"), (" 2 ", "webcam"), ("rtsp://10.0.0.5/stream", "stream"),
    ("https://camera.example/video.mjpg", "stream"), ("/dev/null", "webcam")])
def test_what_can_be_a_camera_is_told_apart_without_opening_it(text, kind):
    assert parse(text).kind == kind


def test_a_password_is_never_shown():
    assert without_password("rtsp://guard:secret@10.0.0.5:554/a?b=1") == "rtsp://***@10.0.0.5:554/a?***"
    assert "secret" not in open_source("rtsp://guard:secret@10.0.0.5/a").name


def test_a_video_plays_once_at_its_own_rate_and_ends(video, clock):
    source = open_source(str(video), loop=False, clock=clock)
    assert source.latest() is None
    begun = time.monotonic()
    source.start()
    frames = []
    while (frame := source.next(frames[-1].seq if frames else 0)) is not None:
        frames.append(frame)
    assert time.monotonic() - begun > 0.4  # 15 frames at 30 a second
    assert source.state is CameraState.ENDED
    assert frames[0].at == clock.now and frames[0].image.shape == (48, 64, 3)
    assert [frame.seq for frame in frames] == sorted({frame.seq for frame in frames})
    source.stop()


def test_a_looped_video_goes_on(video):
    source = open_source(str(video)).start()
    wait_for(lambda: (frame := source.latest()) is not None and frame.seq > 20)
    assert source.state is CameraState.LIVE and source.detail == ""
    source.stop()
    assert source.state is CameraState.STOPPED


def test_only_the_newest_frame_is_kept(video):
    source = open_source(str(video)).start()
    first = source.next()
    time.sleep(0.3)
    later = source.next(first.seq)
    assert later.seq > first.seq + 3
    assert later is source.latest() or source.latest().seq > later.seq
    source.stop()


def test_a_folder_is_shown_picture_by_picture_and_what_cannot_be_read_left_out(tmp_path):
    for number in (1, 2):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((40, 60, 3), 100 * number, np.uint8))
    (tmp_path / "0.jpg").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("no picture")
    source = open_source(str(tmp_path), loop=False).start()
    seen = set()
    while (frame := source.next(max(seen, default=(0, 0))[0])) is not None:
        seen.add((frame.seq, int(frame.image[0, 0, 0])))
    assert {grey for _, grey in seen} == {100, 200}
    assert source.state is CameraState.ENDED
    source.stop()


class FailingReader:
    """Gives three frames, then is lost; every other time it cannot even be opened."""

    opened = 0

    def __init__(self) -> None:
        type(self).opened += 1
        if self.opened % 2 == 0:
            raise SourceLost("unplugged")
        self.left = 3

    def read(self) -> np.ndarray:
        if not self.left:
            raise SourceLost("cable pulled")
        self.left -= 1
        return np.zeros((4, 4, 3), np.uint8)

    def close(self) -> None:
        pass


def test_a_lost_camera_is_tried_again_until_it_is_back_and_the_log_says_so_once_each(caplog):
    FailingReader.opened = 0
    with caplog.at_level(logging.INFO):
        source = Source("door", FailingReader, waits=(0.01, 0.02)).start()
        wait_for(lambda: source.latest() is not None and source.latest().seq >= 9)
        source.stop()
    lines = [record.getMessage() for record in caplog.records]
    lost = sum("trying again" in line for line in lines)
    assert lost - sum(line.endswith("is back") for line in lines) in (0, 1)
    assert 2 <= lost <= FailingReader.opened // 2 + 1  # not one a try


def test_a_camera_that_was_never_there_is_blind_at_once_with_the_reason():
    def missing():
        raise SourceLost("not plugged in")

    source = Source("door", missing, stall=60, waits=(0.01,)).start()
    wait_for(lambda: source.state is CameraState.BLIND)
    assert source.detail == "not plugged in"
    source.stop()


def test_a_stream_that_stalls_is_blind_and_live_again_with_the_next_frame():
    gate = threading.Event()

    class Stalling:
        frames = 0

        def read(self) -> np.ndarray:
            self.frames += 1
            if self.frames > 1:
                gate.wait(30)
            return np.zeros((4, 4, 3), np.uint8)

        def close(self) -> None:
            pass

    source = Source("door", Stalling, stall=1.0).start()
    wait_for(lambda: source.state is CameraState.LIVE)
    wait_for(lambda: source.state is CameraState.BLIND)
    assert "no new frame" in source.detail
    gate.set()
    wait_for(lambda: source.state is CameraState.LIVE)
    source.stop()


def test_stopping_does_not_wait_for_a_driver_that_hangs():
    over = threading.Event()

    class Hanging:
        def read(self) -> np.ndarray:
            over.wait(20)
            return np.zeros((4, 4, 3), np.uint8)

        def close(self) -> None:
            pass

    source = Source("door", Hanging).start()
    begun = time.monotonic()
    source.stop(wait=0.2)
    assert time.monotonic() - begun < 10
    over.set()
