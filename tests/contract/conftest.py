"""The product from outside: a served one, its command line, and a simulated Odoo over real sockets.

Nothing here reaches into the program: what an integrator cannot see, these tests do not use.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from backend.odoo_simulator import OdooSimulator
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "data" / "demo" / "pictures"
ZONE = "Europe/Brussels"
SYNC_WAIT = 6
"""Seconds of SYNC_WAIT on the served product."""

NOTHING_BY_THE_CLOCK = {f"FACE_ATTENDANCE_ODOO_{name}_SCHEDULE": "off"
                        for name in ("PULL", "FULL_PULL", "PUSH", "RECONCILE")}
"""A run of the schedule would wait patiently for an Odoo that went with its test, and be in the next one's way."""

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a program with a data folder of its own and no settings from here. Simulated
    servers are called as fast as they answer."""
    ours = {name: value for name, value in os.environ.items()
            if not name.startswith(("FACE_ATTENDANCE_", "ODOO_", "PYTHON"))}
    return ours | {"FACE_ATTENDANCE_DATA_DIR": str(data), "FACE_ATTENDANCE_TIMEZONE": ZONE,
                   "FACE_ATTENDANCE_ODOO_CALLS_PER_SECOND": "0", "HOME": str(data.parent)} | more


def program(data: Path, *words: str, stdin: str = "", folder: Path = ROOT, **more: str
            ) -> subprocess.CompletedProcess[str]:
    """Run Python with these words, as a person would."""
    return subprocess.run([sys.executable, *words], cwd=folder, env=environment(data, **more), input=stdin,
                          capture_output=True, text=True, timeout=150)


@dataclass
class Reply:
    """An answer, its body already read."""

    status: int
    body: Any
    headers: Any

    @property
    def data(self) -> Any:
        return self.body["data"]


class Product:
    """A served product and a key for everything."""

    def __init__(self, url: str, key: str, folder: Path) -> None:
        self.url = url
        self.key = key
        self.folder = folder
        self._session = requests.Session()

    def send(self, method: str, path: str, body: Any = None, *, key: str | None = "", **how: Any) -> Reply:
        """`path` below /api/v1; every answer is held to the one shape of success or failure."""
        headers = dict(how.pop("headers", {}))
        if key is not None:
            headers.setdefault("X-API-Key", key or self.key)
        if body is not None:
            how["json"] = body
        answer = self._session.request(method, self.url + "/api/v1" + path, headers=headers, timeout=60, **how)
        reply = Reply(answer.status_code, answer.json(), answer.headers)
        self._check_shape(path, reply)
        return reply

    @staticmethod
    def _check_shape(path: str, reply: Reply) -> None:
        body = reply.body
        if reply.status >= 400:
            assert body["success"] is False and set(body) <= {"success", "error", "code", "details"}, body
            assert body["error"] and body["code"].replace("_", "").isalnum() and body["code"].islower(), body
            assert "Traceback" not in body["error"] and "\n" not in body["error"]
        elif not path.startswith(("/sync/odoo/", "/openapi")):
            assert body["success"] is True and set(body) <= {"success", "message", "data"}, body
            assert body.get("message", "said") and body.get("data", {}) is not None, "left out, not null"

    def get(self, path: str, **query: Any) -> Reply:
        return self.send("GET", path, params=query)

    def post(self, path: str, body: Any = None, **how: Any) -> Reply:
        return self.send("POST", path, body, **how)

    def patch(self, path: str, body: Any) -> Reply:
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> Reply:
        return self.send("DELETE", path)

    def person(self, person_id: str, name: str = "") -> str:
        """Make sure that there is a person."""
        assert self.post("/persons", {"person_id": person_id, "name": name or person_id}).status in (201, 409)
        return person_id

    def mark(self, person_id: str, at: str, **more: Any) -> Reply:
        return self.post("/attendance/mark", {"person_id": person_id, "timestamp": at, **more})


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One `serve --no-camera` for all tests, as an operator starts it."""
    folder = tmp_path_factory.mktemp("contract")
    data, port = folder / "data", free_port()
    key = program(data, "-m", "backend", "key", "create", "contract").stdout.strip()
    server = subprocess.Popen(
        [sys.executable, "-m", "backend", "serve", "--no-camera", "--port", str(port)], cwd=ROOT,
        env=environment(data, FACE_ATTENDANCE_SYNC_WAIT=f"{SYNC_WAIT} s", FACE_ATTENDANCE_PAGE_LIMIT="10",
                        FACE_ATTENDANCE_RATE_LIMIT="100000", **NOTHING_BY_THE_CLOCK),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said: list[str] = []
    ready = threading.Event()

    def listen() -> None:
        for line in server.stdout:
            said.append(line)
            if "is ready" in line:
                ready.set()
        ready.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        assert ready.wait(60) and server.poll() is None, "".join(said)
        served = Product(f"http://127.0.0.1:{port}", key, folder)
        yield served
        served._session.close()
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        finally:
            server.kill()
            listener.join(5)
            server.stdout.close()
    assert server.returncode == 0, "".join(said)
    assert "Traceback" not in "".join(said), "".join(said)


@pytest.fixture(params=[18, 19], ids=["odoo18", "odoo19"])
def odoo(request: pytest.FixtureRequest) -> Iterator[OdooSimulator]:
    with OdooSimulator(version=request.param) as server:
        yield server


@pytest.fixture
def odoo18() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18) as server:
        yield server


def credentials(server: OdooSimulator) -> dict[str, str]:
    return {"url": server.url, "db": server.db, "username": server.username, "password": server.password}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("-m", "backend", …)` or `run("backend/configure_odoo.py", …)` on an installation of its own."""
    return lambda *words, **how: program(tmp_path / "data", *words, **how)


def picture(name: str) -> bytes:
    return (PICTURES / f"{name}.jpg").read_bytes()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()
