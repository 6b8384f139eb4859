"""A preview that has nothing to show still notices that its reader has gone."""

from __future__ import annotations

import threading
from itertools import islice
from types import SimpleNamespace

import pytest

from backend.web import streams
from backend.web.limits import Slots


class BlindReader:
    """The reading end of a camera whose first picture never comes."""

    def __init__(self, stopping: threading.Event) -> None:
        self.waits = 0
        self._stopping = stopping

    def wait(self, _after: int, _timeout: float) -> None:
        self.waits += 1
        if self.waits > 100:  # enough: the test is lost
            self._stopping.set()

    def close(self) -> None:
        pass


def test_a_camera_without_pictures_still_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    # A server learns that a reader has gone only by sending something.
    monkeypatch.setattr(streams, "REPEAT_PICTURE", 0.0)
    stopping = threading.Event()
    here = SimpleNamespace(streams=Slots(1), stopping=stopping)
    response = streams.preview(here, BlindReader(stopping), lambda: True)

    said = list(islice(response.response, 3))
    response.close()

    assert said == [b"--frame\r\n", b"X-Waiting: yes\r\n", b"X-Waiting: yes\r\n"]
    assert here.streams.take(), "its place is free again"
