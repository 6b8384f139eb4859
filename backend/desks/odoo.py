"""The desk for Odoo: its configuration, runs of pull and push, and how the bridge stands.

Each run is a row of sync_runs; one runs at a time. Settings of the environment beat what was
saved, credentials given for one call beat both and are never saved.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from backend.attendance.time import parse_day
from backend.desks.odoo_config import MASK, Config, merge, saved_over
from backend.errors import BadInput, Conflict, FaceAttendanceError
from backend.odoo.bridge.place import settle
from backend.odoo.bridge.pull import Pull
from backend.odoo.bridge.push import Push
from backend.odoo_connector import OdooConnector
from backend.store.errors import PersonNotFound

if TYPE_CHECKING:
    from backend.desks.parts import Parts
    from backend.store.records import SyncRun

CONNECTION = 1
"""The one connection that there is as yet."""
_TOUCH = 10.0
"""Seconds between two signs of life of a run."""
_LEAST_LEASE = timedelta(minutes=1)
"""A run is taken for dead after three times the longest call, but not before this."""
_LOGGED = 50
"""Errors of a run that its log line holds."""


class RunLost(Conflict):
    """The run was silent for so long that another one took its place."""

    code = "sync_run_lost"


class OdooDesk:
    """Threads may share it. The connector for the configuration in force is kept, so that its
    login and its circuit breaker last."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._connector: tuple[Config, OdooConnector] | None = None
        self._lock = threading.Lock()

    # Configuration -------------------------------------------------------------------------

    def config(self) -> dict[str, Any]:
        """`{success, configured, config: {url, db, username, password, transport}}`, the
        password as asterisks where there is one."""
        found = self._config()
        return {"success": True, "configured": found.complete, "config": {
            "url": found.url, "db": found.db, "username": found.username,
            "password": MASK if found.password else None, "transport": found.transport}}

    def save_config(self, url: str | None = None, db: str | None = None, username: str | None = None,
                    password: str | None = None, transport: str | None = None) -> dict[str, Any]:
        """Save the connection, the secret sealed; returns `config()`.

        What is not given stays as it is saved; so does the password where it is asterisks or
        nothing, unless the host is another one: then 422 `odoo_password_needed`. Testing it
        first is the caller's business.
        """
        with self._parts.store.write() as unit:
            saved = unit.connections.get(CONNECTION)
            found = merge(saved_over(self._parts.settings, saved, environment=False),
                          {"url": url, "db": db, "username": username, "password": password,
                           "transport": transport})
            missing = [name for name in ("url", "db", "username", "password") if not getattr(found, name)]
            if missing:
                raise BadInput(f"Odoo needs {', '.join(missing)}, too.", code="odoo_incomplete")
            unit.connections.save(url=found.url, db=found.db, username=found.username,
                                  transport=found.transport, secret=found.password,
                                  secret_kind=found.secret_kind, connection_id=CONNECTION)
            unit.logs.append("odoo_sync", "info", f"Odoo's configuration was saved: {found.url}, "
                             f"database {found.db}, user {found.username}")
        return self.config()

    def get_odoo_config(self) -> dict[str, Any]:
        """Exactly the keyword arguments of OdooConnector; None where nothing is configured."""
        return self._config().arguments(self._parts.settings)

    def connector(self, credentials: Mapping[str, Any] | None = None) -> OdooConnector:
        """A connector for the configuration in force, or for credentials given for once."""
        found = self._config()
        if credentials:
            return OdooConnector(**merge(found, credentials).arguments(self._parts.settings))
        with self._lock:
            if self._connector is None or self._connector[0] != found:
                if self._connector is not None:
                    self._connector[1].close()
                self._connector = (found, OdooConnector(**found.arguments(self._parts.settings)))
            return self._connector[1]

    def test(self, credentials: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Log in and check the rights: `{success, message, server_version, protocol_version,
        transport}`. Raises OdooError with what stands in the way."""
        connector = OdooConnector(**merge(self._config(), credentials or {}).arguments(
            self._parts.settings))
        try:
            result = connector.probe()
        finally:
            connector.close()
        if not credentials:
            self.connector()._circuit_breaker.reset()
        return result

    # Runs ----------------------------------------------------------------------------------

    def pull(self, credentials: Mapping[str, Any] | None = None, limit: int | None = None,
             full: bool = False, dry_run: bool = False, *,
             connector: OdooConnector | None = None,
             started: Callable[[int], None] | None = None) -> dict[str, Any]:
        """Bring employees here: `{success, message, added, updated, unchanged, deactivated,
        total, errors, …}`. Every pull reads all employees as yet, so `full` changes nothing.

        Raises SyncRunning, OdooNotConfigured and what Odoo's side raises.
        """
        def work(odoo: OdooConnector, alive: Callable[[], None]) -> dict[str, Any]:
            return Pull(odoo, self._parts.store, CONNECTION, dry_run=dry_run, alive=alive).run(limit)

        parameters = {"limit": limit, "full": full, "dry_run": dry_run}
        return self._run("pull", parameters, credentials, connector, work, started)

    def push(self, start_date: date | str, end_date: date | str,
             credentials: Mapping[str, Any] | None = None, dry_run: bool = False, *,
             connector: OdooConnector | None = None,
             started: Callable[[int], None] | None = None) -> dict[str, Any]:
        """Bring the attendance of these days of the site, both included, to Odoo: `{success,
        message, pushed, failed, skipped, total, errors, rows, …}`; `rows` tells row by row what
        failed, or what a dry run would do.

        Raises SyncRunning, OdooNotConfigured and what Odoo's side raises.
        """
        start, end = parse_day(start_date, "start_date"), parse_day(end_date, "end_date")
        if end < start:
            raise BadInput("end_date lies before start_date.", code="bad_range")

        def work(odoo: OdooConnector, alive: Callable[[], None]) -> dict[str, Any]:
            settings = self._parts.settings
            return Push(odoo, self._parts.store, CONNECTION, settings.site_zone,
                        push_assumed=settings.push_assumed_check_out, dry_run=dry_run,
                        alive=alive).run(start, end)

        parameters = {"start_date": start.isoformat(), "end_date": end.isoformat(), "dry_run": dry_run}
        return self._run("push", parameters, credentials, connector, work, started)

    def sync_employees_from_odoo(self, connector: OdooConnector) -> dict[str, Any]:
        """`pull` through a connector that the caller has made."""
        return self.pull(connector=connector)

    def sync_attendance_to_odoo(self, connector: OdooConnector, start_date: date | str,
                                end_date: date | str) -> dict[str, Any]:
        """`push` through a connector that the caller has made."""
        return self.push(start_date, end_date, connector=connector)

    def send_person(self, person_id: str) -> dict[str, Any]:
        """Create the person's employee in Odoo, or update it, and link the two."""
        with self._parts.store.read() as unit:
            person = unit.people.by_person_id(person_id)
        if person is None:
            raise PersonNotFound(f"Nobody has the id {person_id}. GET /persons lists the people.")
        connector = self.connector()
        settle(connector, self._parts.store, CONNECTION, may_move=True)
        result = connector.sync_employee_to_odoo(person)
        with self._parts.store.write() as unit:
            unit.people.change(person.uuid, connection_id=CONNECTION, odoo_id=result["employee_id"],
                               metadata={**person.metadata, "odoo_id": result["employee_id"]})
        return result

    def status(self) -> dict[str, Any]:
        """`{enabled, configured, url, db, transport, last_sync (aware), last_sync_message,
        status, pending, failed, circuit}`."""
        found = self._config()
        with self._parts.store.read() as unit:
            running = unit.sync_runs.running(CONNECTION)
            last = unit.sync_runs.last(connection_id=CONNECTION)
            pending = unit.attendance.count_pending(CONNECTION)
            failed = sum(unit.odoo.count(state, CONNECTION) for state in ("failed", "conflict", "deleted"))
        if running is not None and running.lease_until <= self._parts.clock():
            running = None
        with self._lock:
            held = self._connector[1]._circuit_breaker.state if self._connector else "closed"
        return {"enabled": found.complete, "configured": found.complete, "url": found.url,
                "db": found.db, "transport": found.transport,
                "last_sync": last.finished_at if last else None,
                "last_sync_message": last.message if last else None,
                "status": _status(found.complete, running, last),
                "pending": pending, "failed": failed, "circuit": held}

    # Inside --------------------------------------------------------------------------------

    def _config(self) -> Config:
        with self._parts.store.read() as unit:
            return saved_over(self._parts.settings, unit.connections.get(CONNECTION))

    def _run(self, kind: str, parameters: dict[str, Any], credentials: Mapping[str, Any] | None,
             connector: OdooConnector | None,
             work: Callable[[OdooConnector, Callable[[], None]], dict[str, Any]],
             started: Callable[[int], None] | None = None) -> dict[str, Any]:
        """Do `work` as the one run in force, and record how it ended; `started` gets its id."""
        odoo = connector or self.connector(credentials)
        _ = odoo.client  # not configured, or a wrong address: no run at all
        settings = self._parts.settings
        lease = max(_LEAST_LEASE, 3 * (settings.odoo_connect_timeout + settings.odoo_read_timeout))
        with self._parts.store.write() as unit:
            run_id = unit.sync_runs.start(kind, parameters, CONNECTION, lease)
        if started is not None:
            started(run_id)
        try:
            odoo.connect()
            settle(odoo, self._parts.store, CONNECTION,
                   may_move=not credentials and not parameters["dry_run"])
            result = {**work(odoo, self._sign_of_life(run_id, lease)), "run_id": run_id}
        except FaceAttendanceError as error:
            self._finish(run_id, kind, {"success": False, "message": str(error), "code": error.code,
                                        "errors": [str(error)], "dry_run": parameters["dry_run"]})
            raise
        except BaseException:
            self._finish(run_id, kind, {"success": False, "code": "internal_error", "errors": [],
                                        "message": f"The {kind} broke off by a fault of the program",
                                        "dry_run": parameters["dry_run"]})
            raise
        finally:
            if credentials and connector is None:
                odoo.close()
        self._finish(run_id, kind, result)
        return result

    def _sign_of_life(self, run_id: int, lease: timedelta) -> Callable[[], None]:
        last = time.monotonic()

        def alive() -> None:
            nonlocal last
            if time.monotonic() - last < _TOUCH:
                return
            last = time.monotonic()
            with self._parts.store.write() as unit:
                if not unit.sync_runs.touch(run_id, lease):
                    raise RunLost("This run was taken for dead and another one was started.")

        return alive

    def _finish(self, run_id: int, kind: str, result: dict[str, Any]) -> None:
        """The run's row, its line in the log and its event, together."""
        if not result["success"]:
            level = "error" if "code" in result else "warning"
        else:  # many pushes find nothing to do, and the log is for what happened
            level = "debug" if result.get("pushed") == 0 else "info"
        with self._parts.store.write() as unit:
            unit.sync_runs.finish(run_id, success=result["success"], message=result["message"],
                                  result=result)
            if result["dry_run"]:
                return
            unit.logs.append("odoo_sync", level, result["message"],
                             {"run_id": run_id, "kind": kind, "errors": result["errors"][:_LOGGED]})
            unit.events.append("sync", {"kind": kind, "run_id": run_id, "success": result["success"],
                                        "message": result["message"]})


def _status(configured: bool, running: SyncRun | None, last: SyncRun | None) -> str:
    if not configured:
        return "not_configured"
    if running is not None:
        return "syncing"
    broke = last is not None and (last.state == "abandoned" or "code" in (last.result or {}))
    return "error" if broke else "configured"
