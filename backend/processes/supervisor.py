"""`serve`: one supervisor, and below it the web, the vision service, the jobs and the cameras.

The supervisor looks whether all is fit to start, migrates the database (nobody else does), and
keeps the children alive. It reads the `devices` table each second, so that a camera added or
changed on a page has its worker soon after. It never touches a picture.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import arbitrary_address
from pathlib import Path
from types import FrameType
from typing import Any

from backend.app import Parts, build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.errors import FaceAttendanceError, SettingError
from backend.processes import children
from backend.processes.child import SIGNALS, ChildSpec
from backend.processes.crew import Child, Crew
from backend.processes.devices import Camera, DeviceWatch
from backend.processes.links import Links
from backend.processes.ports import WILDCARDS, base_url, claim_port
from backend.processes.run_folder import run_folder
from backend.vision.engines import check_weights

log = logging.getLogger(__name__)

CAMERA_PREFIX = "camera "
FIRST_CAMERA = "camera-1"
"""The device that `--camera` and the setting CAMERA stand for."""

_BACKGROUND_PATIENCE = 3
"""How many times HEARTBEAT_TIMEOUT a child may be silent whose beat comes from a side thread."""
_JOBS_AFTER = 3.0
"""Seconds by which the jobs process lets pages and cameras go first: they are waited for."""


def run(settings: Settings, *, camera: str | None = None, no_camera: bool = False,
        on_ready: Callable[[str], None] | None = None) -> int:
    """Run the product until SIGTERM or SIGINT; a second signal ends it the hard way.

    Prints the address and, while there is no page user, the one-time code for setting up.
    `on_ready` is called with the address. Returns the exit code, 0 after a clean end. Raises
    FaceAttendanceError with one line where it cannot start: port taken, data folder not
    writable, database newer than the program, bad camera source.
    """
    supervisor = Supervisor(settings, camera=camera, no_camera=no_camera)

    def greet(url: str) -> None:
        supervisor.greet(url)
        if on_ready is not None:
            on_ready(url)

    supervisor.on_ready = greet
    with _signals(supervisor):
        return supervisor.run()


@contextlib.contextmanager
def running(settings: Settings, *, camera: str | None = None, camera_loop: bool = True,
            no_camera: bool = False, timeout: float = 60.0) -> Iterator[Supervisor]:
    """The product, running in child processes while the block runs; for the demo and tests.

    Begins when the web server answers; `supervisor.base_url` is its address. Raises what
    `run` raises. `camera_loop=False` plays a file once.
    """
    supervisor = Supervisor(settings, camera=camera, camera_loop=camera_loop, no_camera=no_camera)
    ready, failure = threading.Event(), []
    supervisor.on_ready = lambda url: ready.set()

    def turn() -> None:
        try:
            supervisor.run()
        except BaseException as error:
            failure.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=turn, name="supervisor")
    thread.start()
    try:
        if not ready.wait(timeout):
            raise SettingError(f"The server was not ready within {timeout:.0f} s; the log says more")
        if failure:
            raise failure[0]
        yield supervisor
    finally:
        supervisor.stop()
        thread.join()


class Supervisor:
    """One run of the product. `run` blocks; `stop` and `hurry` may be called from anywhere."""

    def __init__(self, settings: Settings, *, camera: str | None = None, camera_loop: bool = True,
                 no_camera: bool = False) -> None:
        self.settings = settings
        self.on_ready: Callable[[str], None] = lambda url: None
        self._camera = settings.camera if camera is None else camera
        self._camera_loop = camera_loop
        self._no_camera = no_camera
        # Plain flags: a signal handler that set an Event could wait for its own thread.
        self._stopping = False
        self._hurry = False
        self._failure: str | None = None
        self._greeted = False
        self._cameras: dict[str, Camera] = {}
        self.crew = Crew(on_ready=self._child_is_ready, on_death=self._child_has_died)

    @property
    def base_url(self) -> str:
        """The address for a browser on this machine; true once the port has been claimed."""
        return base_url(self.settings)

    def stop(self) -> None:
        """Ask for a clean end."""
        self._stopping = True

    def hurry(self) -> None:
        """End the hard way: children are killed."""
        self._stopping = True
        self._hurry = True

    def run(self) -> int:
        """Start, watch, stop. Returns 0 where every child ended by itself, else 1."""
        check_weights(self.settings)
        _check_threshold(self.settings)
        _check_liveness(self.settings)
        self.settings = claim_port(self.settings)
        parts = build(self.settings, migrate=True)
        try:
            self.system = AttendanceSystem(parts=parts)
            self._set_up_camera(parts)
            self._tell_of_other_engines()
            with run_folder() as folder:
                try:
                    self._watch(parts, folder)
                finally:
                    clean = self.crew.stop(hurry=lambda: self._hurry)
            with contextlib.suppress(FaceAttendanceError):
                self.system.journal.flush()
        finally:
            parts.store.close()
        if self._failure is not None:
            raise SettingError(self._failure)
        return 0 if clean else 1

    def greet(self, url: str) -> None:
        """Tell the person at the console where to go."""
        print(f"Face Attendance is ready: {url}", flush=True)
        if self.settings.host in WILDCARDS:
            there = base_url(self.settings.but(host=socket.gethostname()))
            print(f"From other machines of the network: {there}", flush=True)
        with contextlib.suppress(FaceAttendanceError):
            if code := self.system.access.setup_code():
                print(f"First start: open {url}/login and enter the code {code} "
                      "to create the first user.", flush=True)

    def _tell_of_other_engines(self) -> None:
        """Say who is recognised no more since ENGINE was changed."""
        if again := len(self.system.reembedding.again()):
            text = (f"{again} people have faces of another engine only and are not recognised: run python -m "
                    "backend models reembed, which names whom to enrol again")
            log.warning("%s", text)
            self.system.journal.log("system", "warning", text)

    def _set_up_camera(self, parts: Parts) -> None:
        """`--camera` and CAMERA are the device camera-1; what a page set since is replaced."""
        if self._camera is None or self._no_camera:
            return
        with parts.store.write() as unit:
            there = unit.devices.get(FIRST_CAMERA)
            options = {**(there.options if there else {}), "loop": self._camera_loop}
            if there is None:
                unit.devices.upsert(FIRST_CAMERA, name="Camera", source=self._camera, options=options)
            elif (there.kind, there.source, there.options, there.enabled) != (
                    "camera", self._camera, options, True):
                unit.devices.upsert(FIRST_CAMERA, name=there.name, source=self._camera,
                                    options=options, site_id=there.site_id)

    def _watch(self, parts: Parts, folder: Path) -> None:
        self.links = Links(vision_address=_vision_address(folder), authkey=secrets.token_bytes(32),
                           folder=folder, instance=secrets.token_hex(8),
                           cameras=not self._no_camera)
        for spec in self._standing():
            self.crew.add(spec)
        with DeviceWatch(parts.store) as devices:
            while not self._stopping:
                if devices.cameras is not None and not self._no_camera:
                    self._follow(devices.cameras)
                self.crew.step()

    def _standing(self) -> Iterator[ChildSpec]:
        """The children that every run has."""
        settings, level = self.settings, self.settings.log_level
        beat = settings.heartbeat_timeout.total_seconds()
        yield ChildSpec("web", children.web, (settings, self.links), log_level=level,
                        silence=beat * _BACKGROUND_PATIENCE, needed_to_start=True)
        # Its beat comes between two pictures, and one picture may take as long as a caller waits.
        yield ChildSpec("vision", children.vision, (settings, self.links), log_level=level,
                        silence=max(beat, settings.vision_timeout.total_seconds()))
        yield ChildSpec("jobs", children.jobs, (settings,), log_level=level, start_after=_JOBS_AFTER,
                        silence=beat * _BACKGROUND_PATIENCE)

    def _follow(self, cameras: tuple[Camera, ...]) -> None:
        """Have a worker for each camera; end those that are gone or have changed."""
        wanted = {CAMERA_PREFIX + camera.device: camera for camera in cameras}
        for name in [name for name in self.crew.names if name.startswith(CAMERA_PREFIX)]:
            # One that has changed comes back at a later look, when its old worker has ended.
            if self._cameras.get(name) != wanted.get(name):
                self.crew.remove(name)
        for name, camera in wanted.items():
            if name not in self.crew.names:
                self._cameras[name] = camera
                self.crew.add(ChildSpec(
                    name, children.camera, (self.settings, self.links, camera.device),
                    silence=self.settings.heartbeat_timeout.total_seconds(),
                    log_level=self.settings.log_level))

    def _child_is_ready(self, child: Child) -> None:
        log.info("%s is ready", child.spec.name)
        if child.spec.name == "web" and not self._greeted:
            self._greeted = True
            self.on_ready(self.base_url)

    def _child_has_died(self, child: Child, what: str) -> None:
        if child.spec.needed_to_start and not child.was_ready:
            self._failure = what
            self.stop()
            return
        wait = max(0.0, child.start_at - time.monotonic())
        when = f"in {wait:.0f} s" if wait >= 1 else "at once"
        text = f"{child.spec.name}: {what}; it is started again {when}"
        log.warning("%s", text)
        device = child.spec.name.removeprefix(CAMERA_PREFIX)
        with contextlib.suppress(FaceAttendanceError):
            if device == child.spec.name:
                self.system.journal.log("system", "warning", text)
            else:
                self.system.journal.log("camera", "warning", text, device=device)
                self.system.journal.emit("camera", {
                    "device": device, "state": "down",
                    "text": "The camera's worker has ended; it is being started again."})


def _check_threshold(settings: Settings) -> None:
    """Raises SettingError for a MATCH_THRESHOLD that no child would start with."""
    if settings.match_threshold is None:
        return
    from backend.vision.decide import check_threshold  # loads the engine: nobody else should wait for it
    from backend.vision.engines import open_engine

    check_threshold(settings, open_engine(settings))


def _check_liveness(settings: Settings) -> None:
    """Raises SettingError where LIVENESS asks for weights that are not there."""
    if settings.liveness == "off":
        return
    from backend.vision.liveness.opening import check

    check(settings)


def _vision_address(folder: Path) -> str:
    # A path of our own rather than a random one: a service started anew has to be found again.
    return str(folder / "vision") if os.name == "posix" else arbitrary_address("AF_PIPE")


@contextlib.contextmanager
def _signals(supervisor: Supervisor) -> Iterator[None]:
    """SIGINT and SIGTERM stop the supervisor, a second one in a hurry."""
    def answer(number: int, frame: FrameType | None) -> None:
        if supervisor._stopping:
            supervisor.hurry()
        else:
            supervisor.stop()

    before: dict[Any, Any] = {number: signal.signal(number, answer) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
