"""The vision service and its client: real processes, a real socket, real kills."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from multiprocessing.connection import arbitrary_address
from pathlib import Path

import pytest

from backend.config import Settings
from backend.errors import FaceAttendanceError
from backend.processes.child import ChildSpec
from backend.processes.crew import Crew
from backend.vision.client import CameraSessionEnded, RemotePictures, VisionBusy, VisionUnavailable
from backend.vision.errors import UnreadableImage
from tests.processes import service_parts

KEY = b"a key of the test"


class Service:
    """The service in a process of its own, kept alive by a crew that a thread steps."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.address = str(folder / "vision") if os.name == "posix" else arbitrary_address("AF_PIPE")
        self.crew = Crew()
        self.crew.add(ChildSpec("vision", service_parts.serve, (settings, self.address, KEY),
                                silence=30, log_level="critical"))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.clients: list[RemotePictures] = []

    def _run(self) -> None:
        while not self._over.is_set():
            self.crew.step(0.05)
        self.crew.stop(grace=2)

    def client(self, **changes: object) -> RemotePictures:
        client = RemotePictures(self.address, KEY, self.settings.but(**changes))
        self.clients.append(client)
        return client

    def wait(self) -> None:
        """Until the service answers: what a story waits for afterwards is not a start any more."""
        deadline = time.monotonic() + 60
        while True:
            try:
                self.client().state()
                return
            except VisionUnavailable:
                assert time.monotonic() < deadline, "the service did not start in a minute"
                time.sleep(0.05)

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self._over.set()
        self._thread.join()


@pytest.fixture
def start(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    started: list[Service] = []

    def make(**changes: object) -> Service:
        started.append(Service(settings.but(**changes), tmp_path))
        started[-1].wait()
        return started[-1]

    yield make
    for service in started:
        service.close()


def test_a_picture_goes_out_and_its_reading_comes_back(start: Callable[..., Service]) -> None:
    client = start().client()
    reading = client.read(b"x" * 5_000_000)
    assert reading.height == 5_000_000 and reading.width != os.getpid()
    state = client.state()
    assert state["pictures"] == 1 and state["queue_limit"] == 8 and state["pid"] == reading.width


def test_errors_arrive_as_what_they_are(start: Callable[..., Service]) -> None:
    client = start().client()
    with pytest.raises(UnreadableImage, match="no picture") as bad:
        client.read(b"bad")
    assert bad.value.status == 422 and bad.value.details == {"why": "bad"}
    with pytest.raises(FaceAttendanceError) as fault:
        client.read(b"fail")
    assert fault.value.code == "vision_failed" and "secret" not in str(fault.value)
    assert client.read(b"and goes on").height == 11


def test_a_full_queue_refuses_at_once_and_says_when_to_return(start: Callable[..., Service]) -> None:
    client = start(vision_queue=2).client()
    client.read(b"warm")
    with ThreadPoolExecutor(6) as pool:
        readings = [pool.submit(client.read, b"sleep 1.5") for _ in range(6)]
        ended = [item.exception() for item in as_completed(readings)]
        refused = [error for error in ended if error is not None]
        assert 3 <= len(refused) <= 4  # one at work, two waiting, and one more may slip in between
        assert ended[:len(refused)] == refused, "a refusal waits for nobody's reading"
        for error in refused:
            assert isinstance(error, VisionBusy)
            assert (error.status, error.code) == (503, "vision_busy")
            assert error.retry_after is not None and error.retry_after >= 1


def test_nobody_waits_longer_than_the_time_out(start: Callable[..., Service]) -> None:
    service = start()
    client, patient = service.client(vision_timeout=timedelta(seconds=1)), service.client()
    client.read(b"warm")
    begun = time.monotonic()
    with pytest.raises(VisionUnavailable) as late:
        client.read(b"sleep 4")
    assert late.value.code == "vision_timeout" and late.value.status == 503
    assert 0.9 < time.monotonic() - begun < 3.5
    with pytest.raises(VisionUnavailable):
        client.read(b"left")
    assert patient.read(b"now").height == 3
    assert patient.state()["pictures"] == 3, "what nobody waits for any more is dropped unread"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_the_client_survives_a_restart_of_the_service(start: Callable[..., Service]) -> None:
    client = start().client()
    first = client.read(b"one").width
    session = client.open_session("tablet")
    os.kill(first, signal.SIGKILL)
    second = client.read(b"two").width
    assert second != first
    with pytest.raises(CameraSessionEnded) as ended:
        client.frame(session, b"frame")
    assert ended.value.status == 404


def test_a_picture_that_ends_the_service_is_tried_twice_and_no_more(
        start: Callable[..., Service]) -> None:
    service = start()
    client = service.client()
    client.read(b"warm")
    with pytest.raises(VisionUnavailable):
        client.read(b"die")
    assert client.read(b"alive").height == 5
    assert service.crew["vision"].starts == 3


def test_without_a_service_the_caller_hears_so(settings: Settings, tmp_path: Path) -> None:
    client = RemotePictures(str(tmp_path / "nobody"), KEY,
                            settings.but(vision_timeout=timedelta(seconds=1)))
    begun = time.monotonic()
    with pytest.raises(VisionUnavailable, match="being started"):
        client.read(b"picture")
    assert time.monotonic() - begun < 5
    begun = time.monotonic()
    with pytest.raises(VisionUnavailable):
        client.state()
    assert time.monotonic() - begun < 0.9


def test_a_wrong_key_gets_nothing(start: Callable[..., Service]) -> None:
    service = start()
    service.client().read(b"warm")
    stranger = RemotePictures(service.address, b"guessed",
                              service.settings.but(vision_timeout=timedelta(seconds=1)))
    with pytest.raises(VisionUnavailable):
        stranger.read(b"picture")
    assert service.client().read(b"fine").height == 4


def test_each_browser_camera_has_a_tracker_of_its_own(start: Callable[..., Service]) -> None:
    client = start(max_camera_sessions=2).client()
    door, hall = client.open_session("door"), client.open_session("hallway")
    assert [client.frame(door, b"f").width for _ in range(3)] == [1, 2, 3]
    assert client.frame(hall, b"f").width == 1 and client.frame(hall, b"f").height == len("hallway")
    with pytest.raises(VisionBusy, match="MAX_CAMERA_SESSIONS"):
        client.open_session("third")
    client.close_session(door)
    client.close_session(door)
    with pytest.raises(CameraSessionEnded):
        client.frame(door, b"f")
    client.open_session("third")


def test_a_silent_session_ends(start: Callable[..., Service]) -> None:
    client = start(camera_session_silence=timedelta(seconds=2.5)).client()
    session = client.open_session("tablet")
    for _ in range(4):
        time.sleep(0.9)
        client.frame(session, b"f")
    time.sleep(4)
    with pytest.raises(CameraSessionEnded):
        client.frame(session, b"f")
    assert client.state()["sessions"] == 0
