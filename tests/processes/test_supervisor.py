"""The whole product in its processes: it starts, survives what happens to it, and ends."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from sqlalchemy import text

from backend.app import build
from backend.config import PROJECT_ROOT, Settings, load
from backend.errors import SettingError
from backend.processes.ports import PortTaken
from backend.processes.supervisor import Supervisor, running
from backend.store.errors import SchemaTooNew
from tests.kiosk import scenes
from tests.ports import free_port
from tests.processes.test_crew import _alive

PORTRAITS = PROJECT_ROOT / "data" / "demo" / "pictures"
CLIP = PROJECT_ROOT / "data" / "demo" / "clip.avi"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


def wait_until(true: Callable[[], object], seconds: float = 30.0) -> float:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, "not in time"
        time.sleep(0.03)
    return time.monotonic() - begun


class Product:
    """A running product, asked over HTTP."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self.key = supervisor.system.access.create_key("test", ["*"], None)[1]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        request = urllib.request.Request(
            self.supervisor.base_url + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-API-Key": self.key, "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def pid(self, name: str) -> int:
        """The pid of a child that is ready."""
        wait_until(lambda: name in self.supervisor.crew.names and self.supervisor.crew[name].facts is not None)
        found = self.supervisor.crew[name].pid
        assert found is not None
        return found

    def camera(self, device: str) -> dict[str, Any]:
        cameras = self.ask("GET", "/api/v1/camera/status")[1]["data"]["cameras"]
        return next((camera for camera in cameras if camera["device"] == device), {"state": None})


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    settings = load({"data_dir": tmp_path_factory.mktemp("data"), "timezone": "UTC", "port": free_port(),
                     "log_level": "error"}, {}, [])
    with running(settings, camera=str(CLIP)) as supervisor:
        yield Product(supervisor)


def picture(name: str) -> str:
    return base64.b64encode((PORTRAITS / name).read_bytes()).decode()


def test_it_answers_and_all_its_parts_are_well(product: Product) -> None:
    for name in ("web", "vision", "jobs", "camera camera-1"):
        product.pid(name)
    wait_until(lambda: product.camera("camera-1")["state"] == "live")
    status, answer = product.ask("GET", "/health/ready")
    checks = answer["data"]["checks"]
    assert status == 200
    assert {name: checks[name]["status"] for name in ("database", "camera", "vision")} == {
        "database": "ok", "camera": "ok", "vision": "ok"}


def test_a_face_travels_from_http_through_the_vision_service(product: Product) -> None:
    assert product.ask("POST", "/api/v1/persons", {"person_id": "EMP001", "name": "Grace Hopper"})[0] == 201
    status, answer = product.ask("POST", "/api/v1/persons/EMP001/register-face",
                                 {"image": picture("grace-hopper-1.jpg"), "consent": True})
    assert status == 200, answer
    wait_until(lambda: _recognised(product) == "EMP001")
    loaded = Path(f"/proc/{product.pid('web')}/maps")
    if loaded.exists():
        assert "dlib" not in loaded.read_text(), "the web process must never embed"


def _recognised(product: Product) -> str | None:
    """Who is on the picture; asks again while a service is being started, as its answer says one should."""
    until = time.monotonic() + 60
    while True:
        status, answer = product.ask("POST", "/api/v1/recognize", {"image": picture("grace-hopper-2.jpg")})
        if status != 503 or time.monotonic() > until:
            break
        assert answer["code"] == "vision_unavailable"
        time.sleep(0.2)
    assert status == 200, answer
    return answer["data"]["faces"][0]["person_id"]


def test_who_was_registered_on_a_page_is_recorded_at_the_door(product: Product) -> None:
    """The clip's first visitor is the person registered by the test before."""
    def rows() -> list[dict[str, Any]]:
        return product.ask("GET", "/api/v1/attendance")[1]["data"]["records"]

    wait_until(rows, 60)
    first = rows()[0]
    assert (first["person_id"], first["source"], first["device"]) == ("EMP001", "face", "camera-1")


def test_a_browser_lends_its_camera(product: Product) -> None:
    """Frames of the person registered above, one by one, until the tracker is sure."""
    opened = product.ask("POST", "/api/v1/camera/sessions", {"device": "tablet"})
    assert opened[0] == 201, opened
    path = f"/api/v1/camera/sessions/{opened[1]['data']['session_id']}/frames"
    told: list[dict[str, Any]] = []
    for number in range(60):
        status, answer = product.ask("POST", path, {"image": _frame(number)})
        assert status == 200, answer
        told += answer["data"]["events"]
        if told:
            break
        time.sleep(0.1)
    assert told[0]["kind"] == "attendance", told
    assert told[0]["payload"]["person_id"] == "EMP001" and told[0]["payload"]["device"] == "tablet"


def _frame(number: int) -> str:
    good, data = cv2.imencode(".jpg", scenes.frame(scenes.GRACE, number))
    assert good
    return base64.b64encode(data.tobytes()).decode()


@pytest.mark.parametrize("name", ["camera camera-1", "vision", "web", "jobs"])
def test_a_killed_child_is_back_within_two_seconds(product: Product, name: str) -> None:
    before = product.pid(name)
    os.kill(before, signal.SIGKILL)
    took = wait_until(lambda: product.supervisor.crew[name].pid not in (None, before))
    assert took < 2.0 + 3
    assert product.pid(name) != before
    assert product.ask("GET", "/health/live")[0] == 200


def test_a_camera_worker_that_hangs_is_replaced_and_the_page_says_so(product: Product) -> None:
    before = product.pid("camera camera-1")
    wait_until(lambda: product.camera("camera-1")["state"] == "live")
    os.kill(before, signal.SIGSTOP)
    stopped = time.monotonic()
    wait_until(lambda: product.camera("camera-1")["state"] != "live")
    assert time.monotonic() - stopped < 4.0 + 4
    wait_until(lambda: product.supervisor.crew["camera camera-1"].pid not in (None, before))
    assert time.monotonic() - stopped < 3.0 + 2.0 + 5
    wait_until(lambda: product.camera("camera-1")["state"] == "live")
    journal = product.supervisor.system.journal
    wait_until(lambda: [event.payload["state"] for event in journal.events_since(0, limit=1000)
                        if event.kind == "camera"][-2:] == ["down", "live"])
    assert any("no sign of life" in line["message"]
               for line in product.ask("GET", "/api/v1/logs?category=camera")[1]["data"]["logs"])


def test_recognition_over_http_survives_the_death_of_the_vision_service(product: Product) -> None:
    os.kill(product.pid("vision"), signal.SIGKILL)
    assert _recognised(product) == "EMP001"


def test_cameras_follow_the_devices_table(product: Product) -> None:
    store = product.supervisor.system.store
    with store.write() as unit:
        unit.devices.upsert("back-door", name="Back door", source="/no/such/clip.avi")
    wait_until(lambda: product.camera("back-door")["state"] == "bad_source")
    with store.write() as unit:
        unit.devices.upsert("back-door", name="Back door", source=str(CLIP))
    wait_until(lambda: product.camera("back-door")["state"] == "live")
    with store.write() as unit:
        unit.devices.enable("back-door", False)
    wait_until(lambda: "camera back-door" not in product.supervisor.crew.names)
    assert product.camera("back-door")["state"] == "disabled"


@pytest.mark.postgres
def test_it_runs_on_postgresql(settings: Settings, postgres_url: str) -> None:
    at = settings.but(port=free_port(), database_url=postgres_url, log_level="error")
    with running(at, no_camera=True) as supervisor:
        product = Product(supervisor)
        assert product.ask("POST", "/api/v1/persons", {"person_id": "E1", "name": "Ada"})[0] == 201
        assert product.ask("GET", "/health/ready")[1]["data"]["checks"]["database"]["status"] == "ok"
        assert {"web", "vision", "jobs"} <= supervisor.crew.names


def test_a_taken_port_stops_the_start_before_anything_is_touched(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortTaken, match="is taken by another program"), \
                running(settings.but(port=other.getsockname()[1])):
            pass
    assert not settings.data_path.exists()


def test_a_data_folder_that_cannot_be_written_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SettingError, match="DATA_DIR cannot be written"), \
            running(settings.but(data_dir=tmp_path / "file" / "data")):
        pass


def test_a_newer_database_stops_the_start_and_stays_as_it_is(settings: Settings) -> None:
    store = build(settings, migrate=True).store
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(SchemaTooNew) as newer, running(settings):
        pass
    assert "\n" not in str(newer.value)


def test_a_web_server_that_cannot_start_ends_it_all_with_its_reason(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate")
    broken = settings.but(tls_cert=tmp_path / "cert.pem", tls_key=tmp_path / "cert.pem",
                          log_level="error")
    begun = time.monotonic()
    with pytest.raises(SettingError) as failure, running(broken, no_camera=True):
        pass
    assert "\n" not in str(failure.value) and str(failure.value)
    assert time.monotonic() - begun < 30


class Serve:
    """`serve` in a process of its own: its first words, and the pids of its children."""

    def __init__(self, folder: Path, *camera: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes.serve_parts", str(folder), *camera],
            cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.greeting = self.process.stdout.readline()
        self.setup = self.process.stdout.readline()

    def children(self) -> list[int]:
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                                capture_output=True, text=True, check=True)
        return [int(pid) for pid in listed.stdout.split()]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    served = Serve(tmp_path / "data", str(CLIP))
    yield served
    served.close()


def test_it_greets_with_its_address_and_ends_cleanly_when_told(serve: Serve) -> None:
    url = re.fullmatch(r"Face Attendance is ready: (http://127\.0\.0\.1:\d+)\n", serve.greeting)
    assert url is not None
    assert re.search(r"enter the code \S+ to create the first user", serve.setup)
    wait_until(lambda: _ready(url[1]), 60)
    children = serve.children()
    assert len(children) >= 4
    serve.process.send_signal(signal.SIGTERM)
    assert serve.process.wait(30) == 0
    wait_until(lambda: not any(_alive(pid) for pid in children))  # Python's own tracker comes last


def _ready(url: str) -> bool:
    """Whether all its parts are: one that is still loading the network ends later than it is given time."""
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=30) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        error.close()
        return False


def test_a_second_signal_ends_it_at_once(serve: Serve) -> None:
    children = serve.children()
    for pid in children[1:]:  # deaf: none of them can end by itself
        os.kill(pid, signal.SIGSTOP)
    serve.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert serve.process.poll() is None
    begun = time.monotonic()
    serve.process.send_signal(signal.SIGINT)
    assert serve.process.wait(30) == 1
    assert time.monotonic() - begun < 6
    wait_until(lambda: not any(_alive(pid) for pid in children))


def test_no_child_outlives_a_killed_supervisor(serve: Serve) -> None:
    children = serve.children()
    serve.process.kill()
    serve.process.wait()
    wait_until(lambda: not any(_alive(pid) for pid in children))
