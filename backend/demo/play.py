"""Plays the demo: the real supervisor, workers and bridge, on bundled input.

It keeps to `data/demo/run/`, which is made anew each time, and reads neither the environment
nor a settings file: a real database or a real Odoo named there must never see the demo.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings, load
from backend.demo.script import FOLDER, DemoScript, read_script
from backend.demo.verdict import Row, differences
from backend.odoo_simulator import NewEmployee, OdooSimulator
from backend.processes import supervisor
from backend.vision.pictures import LocalPictures

RUN_FOLDER = FOLDER / "run"
DUPLICATE_WINDOW = timedelta(seconds=4)
"""The clip's people come back after seconds, not hours."""
POLL = 0.2
"""Seconds between two looks at the events."""
GRACE = 45.0
"""Seconds after the clip's length in which the last event must have come (slow machines)."""


def demo_settings(port: int) -> Settings:
    # The demo pushes by itself, so that it can tell what each push came to.
    return load({"data_dir": RUN_FOLDER, "port": port, "duplicate_window": DUPLICATE_WINDOW,
                 "odoo_push_at_once": False, "log_level": "warning"}, environ={}, files=[])


def run(once: bool, port: int) -> int:
    """Returns the exit code: 0 when stopped by hand, or when `once` found all as expected."""
    script = read_script()
    shutil.rmtree(RUN_FOLDER, ignore_errors=True)
    settings = demo_settings(port)
    employees = [NewEmployee(name=person.name, barcode=person.person_id) for person in script.people]
    with OdooSimulator(version=18, employees=employees) as odoo:
        system = AttendanceSystem(parts=build(settings, migrate=True))
        _connect(system, odoo)
        _register(system, script)
        password = secrets.token_urlsafe(9)
        system.access.create_user("demo", password, "admin")
        with supervisor.running(settings, camera=str(script.clip), camera_loop=not once) as server:
            _say(f"Pages at {server.base_url}, log in as demo with the password {password}")
            _say(f"Camera: {script.clip.name}, {script.seconds:.0f} s" + ("" if once else ", again and again"))
            story = Story(system, odoo)
            if once:
                return story.judge(script)
            _say("Stop with Ctrl+C")
            try:
                story.follow(until=None)
            except KeyboardInterrupt:
                _say("Stopped")
            return 0


def _connect(system: AttendanceSystem, odoo: OdooSimulator) -> None:
    system.odoo.save_config(url=odoo.url, db=odoo.db, username=odoo.username, password=odoo.password,
                            transport="xmlrpc")
    _say(f"Simulated Odoo at {odoo.url}: {system.odoo.test()['message']}")
    _say(system.odoo.pull()["message"])


def _register(system: AttendanceSystem, script: DemoScript) -> None:
    pictures = LocalPictures(system.settings, system.store)
    for person in script.people:
        readings = [pictures.read(path.read_bytes()) for path in person.pictures]
        done = system.faces.enroll(person.person_id, readings, consent=True, force=False, by="demo")
        _say(f"Registered {person.name} ({person.person_id}) from {done.templates} "
             f"picture{'s' if done.templates != 1 else ''}")


class Story:
    """Follows the events as the pages do, tells them, and pushes each change to Odoo."""

    def __init__(self, system: AttendanceSystem, odoo: OdooSimulator) -> None:
        self.system = system
        self.odoo = odoo
        self.happened: list[tuple[str, str]] = []
        self.refused = 0
        self.ended = False
        self._seen = 0
        self._started = time.monotonic()

    def follow(self, until: float | None) -> None:
        """Tells events until the camera has ended or `until` (monotonic seconds) has come."""
        while not self.ended and (until is None or time.monotonic() < until):
            for event in self._new_events():
                self._tell(event.kind, event.payload)
            time.sleep(POLL)

    def judge(self, script: DemoScript) -> int:
        """Plays to the end; prints the verdict; 0 only if all is as the clip shows."""
        self.follow(until=time.monotonic() + script.seconds + GRACE)
        faults = differences(script.expected, self.happened, script.strangers, self.refused,
                             self._our_rows(), self._odoo_rows())
        if not self.ended:
            faults.insert(0, "the clip did not come to its end")
        for fault in faults:
            _say(f"✗ {fault}")
        if not faults:
            rows = len(self._our_rows())
            _say(f"✓ {len(self.happened)} punches by the right people, {self.refused} unregistered refused, "
                 f"{rows} rows in Odoo equal to ours to the second")
        return 1 if faults else 0

    def _new_events(self) -> Iterator[Any]:
        for event in self.system.journal.events_since(self._seen):
            self._seen = event.id
            yield event

    def _tell(self, kind: str, payload: dict[str, Any]) -> None:
        since = time.monotonic() - self._started
        if kind == "sighting" and payload["decision"] == "accepted":
            _say(f"{since:5.1f} s  saw {payload['person_name']}, distance {payload['distance']:.2f}")
        elif kind == "sighting" and payload["decision"] == "rejected":
            self.refused += 1
            _say(f"{since:5.1f} s  did not recognise a face: {payload['reason']}")
        elif kind == "attendance" and payload["action"] in ("check_in", "check_out"):
            self.happened.append((payload["person_id"], payload["action"]))
            _say(f"{since:5.1f} s  {payload['action'].replace('_', '-')}: {payload['person_name']}")
            self._push()
        elif kind == "camera" and payload.get("state") == "ended":
            self.ended = True

    def _push(self) -> None:
        today = self.system.clock().astimezone(self.system.settings.site_zone).date()
        result = self.system.odoo.push(today - timedelta(days=1), today)
        _say(f"         Odoo: {result['message']}")
        for row in self._odoo_rows():
            person, check_in, check_out = row
            _say(f"         Odoo row: {person} {check_in:%H:%M:%S} – "
                 f"{f'{check_out:%H:%M:%S}' if check_out else 'open'} UTC")

    def _our_rows(self) -> list[Row]:
        today = self.system.clock().astimezone(self.system.settings.site_zone).date()
        rows, _ = self.system.attendance.list(start=today - timedelta(days=1), end=today, limit=500, offset=0)
        return [(row.person_id, row.check_in, row.check_out) for row in rows]

    def _odoo_rows(self) -> list[Row]:
        return [(row["barcode"], row["check_in"], row["check_out"]) for row in self.odoo.attendances()]


def _say(text: str) -> None:
    click.echo(text)
