"""The camera's worker, on real clips with real faces: who comes is recorded, and all is told."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from backend.kiosk.worker import run
from backend.lifeline import Lifeline
from backend.vision.pictures import LocalPictures
from backend.vision.preview import PreviewReader
from tests.kiosk.conftest import DEVICE, Door
from tests.kiosk.scenes import EILEEN, GRACE, clip

Until = Callable[..., float]


class Worker:
    """A worker in a thread of the test, and what the pages would see of it."""

    def __init__(self, door: Door, folder: Path, owner: str = "this run") -> None:
        self.lifeline = Lifeline()
        preview = folder / f"preview of {owner}"
        self.page = PreviewReader(preview)
        self.failure: Exception | None = None

        def work() -> None:
            try:
                run(self.lifeline, door.system.parts, DEVICE, preview=preview, owner=owner)
            except Exception as error:
                self.failure = error

        self.thread = threading.Thread(target=work)
        self.thread.start()

    @property
    def status(self) -> dict[str, Any]:
        return self.page.status() or {"state": None, "in_view": []}

    def close(self) -> None:
        self.lifeline.stopping.set()
        self.thread.join()
        self.page.close()


@pytest.fixture
def work(door: Door, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Sets the camera's source and starts a worker."""
    started: list[Worker] = []

    def start(source: Path | str, *, loop: bool = True, owner: str = "this run") -> Worker:
        with door.system.store.write() as unit:
            if not started:
                unit.devices.upsert(DEVICE, name="Door", source=str(source), options={"loop": loop})
        started.append(Worker(door, tmp_path, owner))
        return started[-1]

    yield start
    for worker in started:
        worker.close()


@pytest.fixture(scope="module")
def grace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("clips") / "grace.avi", [(None, 0.5), (GRACE, 4)])


@pytest.fixture
def register(door: Door) -> Callable[..., None]:
    """Registers a portrait's face, as the page does."""
    reader = LocalPictures(door.system.settings, door.system.store)

    def put(person_id: str, name: str, portrait: Path) -> None:
        door.system.people.add(person_id, name, by="test")
        door.system.faces.enroll(person_id, [reader.read(portrait.read_bytes())],
                                 consent=True, force=False, by="test")

    return put


def test_who_comes_is_recorded_once_and_told(
        door: Door, register: Callable[..., None], work: Callable[..., Worker], until: Until,
        tmp_path: Path) -> None:
    register("E2", "Grace Hopper", GRACE)
    source = clip(tmp_path / "visit.avi", [(None, 0.5), (GRACE, 3), (None, 2), (GRACE, 3), (None, 0.5)])
    worker = work(source, loop=False)
    until(lambda: worker.status["state"] == "ended", 30)
    until(lambda: door.events("camera")[-1:] and door.events("camera")[-1]["state"] == "ended")
    rows = door.rows()
    assert [(row.person_id, row.check_out) for row in rows] == [("E2", None)]
    assert (rows[0].source, rows[0].device) == ("face", DEVICE)
    assert door.events("attendance")[0]["action"] == "check_in"
    assert {event["decision"] for event in door.events("sighting")} == {"accepted"}
    assert [event["state"] for event in door.events("camera")] == ["live", "ended"]
    assert worker.status["counters"]["frames"] > 50


def test_a_stranger_is_refused_and_nothing_is_written(
        door: Door, register: Callable[..., None], work: Callable[..., Worker], until: Until,
        tmp_path: Path) -> None:
    register("E2", "Grace Hopper", GRACE)
    work(clip(tmp_path / "stranger.avi", [(None, 0.5), (EILEEN, 4)]))
    until(lambda: any(event["decision"] == "rejected" for event in door.events("sighting")), 20)
    assert door.punches() == 0
    assert "Grace" not in str(door.events("sighting"))


def test_a_changed_gallery_is_in_force_at_the_next_look(
        door: Door, register: Callable[..., None], work: Callable[..., Worker], until: Until,
        grace: Path) -> None:
    worker = work(grace)
    until(lambda: worker.status["state"] == "live", 20)

    def version() -> int:
        with door.system.store.read() as unit:
            return unit.gallery_version()

    register("E2", "Grace Hopper", GRACE)
    registered = version()
    assert until(lambda: worker.status["gallery_version"] == registered)
    until(lambda: any(face["name"] == "Grace Hopper" for face in worker.status["in_view"]), 15)
    door.system.faces.withdraw_consent("E2", by="test")
    withdrawn = version()
    assert withdrawn > registered
    assert until(lambda: worker.status["gallery_version"] == withdrawn)
    assert until(lambda: not any(face["name"] for face in worker.status["in_view"]))


def test_the_preview_shows_the_picture_with_a_box(
        door: Door, register: Callable[..., None], work: Callable[..., Worker], until: Until,
        grace: Path) -> None:
    register("E2", "Grace Hopper", GRACE)
    worker = work(grace)
    until(lambda: any(face["state"] == "accepted" for face in worker.status["in_view"]), 20)
    newest = worker.page.newest()
    assert newest is not None
    until(lambda: (worker.page.newest() or (0,))[0] >= newest[0] + 3)
    found = worker.page.newest()
    assert found is not None
    picture = cv2.imdecode(np.frombuffer(found[1], np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (480, 640, 3)


def test_an_unplugged_camera_is_told_within_three_seconds_and_its_return_too(
        door: Door, work: Callable[..., Worker], until: Until, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(EILEEN, folder / "one.jpg")
    worker = work(folder)
    until(lambda: worker.status["state"] == "live", 20)
    (folder / "one.jpg").rename(tmp_path / "one.jpg")
    begun = time.monotonic()
    # What is being shown lasts two seconds; from then on nothing comes.
    until(lambda: worker.status["state"] == "blind")
    assert time.monotonic() - begun < 3 + 2 + 3
    assert worker.status["error"].startswith("The camera gives no picture: ")
    (tmp_path / "one.jpg").rename(folder / "one.jpg")
    until(lambda: worker.status["state"] == "live", 15)
    assert worker.status["error"] is None
    until(lambda: len(door.events("camera")) == 3)
    assert [event["state"] for event in door.events("camera")] == ["live", "blind", "live"]
    alerts = [line for line in door.system.journal.logs(category="camera") if line.level == "warning"]
    assert len(alerts) == 1


@pytest.mark.parametrize("source", ["/no/such/file.avi", "97", "rtsp://127.0.0.1:9/door"])
def test_a_camera_that_is_not_there_is_told_within_three_seconds(
        work: Callable[..., Worker], until: Until, source: str) -> None:
    worker = work(source)
    until(lambda: worker.status["state"] == "opening", 15)
    assert until(lambda: worker.status["state"] in ("blind", "bad_source")) < 6
    assert worker.status["error"]
    before = worker.lifeline.beats
    until(lambda: worker.lifeline.beats > before)


def test_a_camera_works_for_one_program_at_a_time(
        work: Callable[..., Worker], until: Until, grace: Path) -> None:
    first = work(grace, owner="first run")
    until(lambda: first.status["state"] == "live", 20)
    second = work(grace, owner="second run")
    until(lambda: second.status["state"] == "taken", 20)
    assert second.status["counters"]["frames"] == 0
    first.close()
    until(lambda: second.status["state"] == "live", 10)


def test_it_ends_in_good_order(work: Callable[..., Worker], until: Until, grace: Path, door: Door) -> None:
    worker = work(grace)
    until(lambda: worker.status["state"] == "live", 20)
    worker.lifeline.stopping.set()
    worker.thread.join(8)
    assert not worker.thread.is_alive() and worker.failure is None
    assert worker.status["state"] == "stopped"
    with door.system.store.read() as unit:
        device = unit.devices.get(DEVICE)
    assert device is not None and device.lease_owner is None


def test_a_device_without_a_row_ends_with_one_line(door: Door, tmp_path: Path) -> None:
    from backend.errors import NotFound

    with pytest.raises(NotFound, match="no camera window"):
        run(Lifeline(), door.system.parts, "window", preview=tmp_path / "p", owner="x")


def test_a_source_that_cannot_be_is_named_on_the_console(
        work: Callable[..., Worker], until: Until, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    worker = work(tmp_path / "no such clip.avi")
    until(lambda: worker.status["state"] == "bad_source")
    assert "no such clip.avi" in caplog.text
