"""The desk for Odoo: runs of pull and push, and how the bridge stands.

Its configuration is in `odoo_connecting`, what all runs share in `odoo_runs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from backend.attendance.time import parse_day
from backend.desks import odoo_incoming as incoming
from backend.desks.connection import THE_FIRST, Connection
from backend.desks.odoo_connecting import Connecting
from backend.desks.odoo_delivery import Delivery, make_push, today
from backend.desks.odoo_pulling import Pictures, Pulling
from backend.desks.odoo_runs import Run, RunLost, Runs, Turn, Work, within_time
from backend.desks.odoo_sending import send
from backend.desks.odoo_status import read_status
from backend.errors import BadInput
from backend.odoo.bridge.place import settle
from backend.odoo_connector import OdooConnector

if TYPE_CHECKING:
    from backend.desks.parts import Parts

__all__ = ["OdooDesk", "RunLost"]


class OdooDesk(Connecting):
    """For one database of Odoo. Threads may share it."""

    def __init__(self, parts: Parts, connection: Connection = THE_FIRST) -> None:
        super().__init__(parts, connection)
        self._runs = Runs(parts, self.reachability, self.stopping, connection)
        self._delivery = Delivery(parts, self)

    def pull(self, credentials: Mapping[str, Any] | None = None, limit: int | None = None,
             full: bool = False, dry_run: bool = False, *, force: bool = False,
             with_photos: bool = False, pictures: Pictures | None = None,
             connector: OdooConnector | None = None, started: Callable[[int], None] | None = None,
             trigger: str = "hand") -> dict[str, Any]:
        """Bring employees here: `{success, message, added, updated, unchanged, deactivated,
        total, read, errors, warnings, gone, attendance, …}`. A whole pull also looks at what HR
        changed among the attendance rows: `attendance` tells (see `odoo_incoming.watch`).

        Only those that changed since the last time are read, unless `full`, which also finds
        who is gone from Odoo; `force` with it deactivates those even where they are suspiciously
        many. `with_photos` makes faces of the photos of people who have none and have agreed,
        read by `pictures` (this process, where not given): `photos: {enrolled, skipped:
        [{person_id, name, reason}]}`. Raises SyncRunning, OdooNotConfigured and what Odoo's side raises.
        """
        def work(turn: Turn) -> dict[str, Any]:
            result = Pulling(turn, self.connection).run(limit=limit, full=full, force=force, dry_run=dry_run,
                                                        with_photos=with_photos, pictures=pictures)
            # A run that this one goes beside has rows on the way; whoever has the turn next looks at them.
            if not dry_run and limit is None and not turn.beside and not result.get("unfinished"):
                return within_time(lambda: {**result, "attendance": incoming.watch(
                    turn, self.connection, briefly=run.short)}, lambda: result)
            return result

        run = Run("pull", {"limit": limit, "full": full, "force": force, "with_photos": with_photos,
                           "dry_run": dry_run}, not credentials, started, trigger, inline=bool(credentials))
        return self._do(run, credentials, connector, work)

    def read_back(self, employees: Sequence[int], attendances: Sequence[int]) -> dict[str, Any]:
        """Bring exactly these records of Odoo here, as hints named them: a short pull. Who is gone
        from Odoo is deactivated, within the bounds of a full pull. Raises as `pull` does."""
        def work(turn: Turn) -> dict[str, Any]:
            result = Pulling(turn, self.connection).only(employees)
            if attendances:
                result["attendance"] = incoming.watch_only(turn, self.connection, attendances)
            return result

        return self._do(Run("pull", {"employees": list(employees), "attendances": list(attendances)},
                            trigger="hook"), None, None, work)

    def push(self, start_date: date | str, end_date: date | str,
             credentials: Mapping[str, Any] | None = None, dry_run: bool = False, *,
             connector: OdooConnector | None = None, started: Callable[[int], None] | None = None,
             trigger: str = "hand") -> dict[str, Any]:
        """Bring the attendance of these days of the site, both included, to Odoo: `{success,
        message, pushed, failed, skipped, total, errors, rows, …}`; `rows` tells row by row what
        failed, or what a dry run would do.

        Raises SyncRunning, OdooNotConfigured and what Odoo's side raises.
        """
        start, end = parse_day(start_date, "start_date"), parse_day(end_date, "end_date")
        if end < start:
            raise BadInput("end_date lies before start_date.", code="bad_range")

        def work(turn: Turn) -> dict[str, Any]:
            push = make_push(turn.parts, turn.odoo, self.connection, dry_run=dry_run, alive=turn.alive)
            return within_time(lambda: push.run(start, end), push.so_far)

        run = Run("push", {"start_date": start.isoformat(), "end_date": end.isoformat(), "dry_run": dry_run},
                  not credentials, started, trigger, inline=bool(credentials))
        return self._do(run, credentials, connector, work)

    def reconcile(self, start_date: date | str, end_date: date | str,
                  credentials: Mapping[str, Any] | None = None, dry_run: bool = False, *,
                  connector: OdooConnector | None = None, started: Callable[[int], None] | None = None,
                  trigger: str = "hand") -> dict[str, Any]:
        """Compare these days of the site, both included, with Odoo row by row, and mend what
        differs unless `dry_run`: `{success, message, compared, total, mended, counts, differences,
        errors, …}`; see `Reconcile.run`. By itself (`trigger` schedule) it leaves out days before
        the first exchange. Raises SyncRunning, OdooNotConfigured and what Odoo's side raises.
        """
        start, end = parse_day(start_date, "start_date"), parse_day(end_date, "end_date")
        if end < start:
            raise BadInput("end_date lies before start_date.", code="bad_range")
        first = incoming.since(self._parts, self.connection) if trigger == "schedule" else None

        def work(turn: Turn) -> dict[str, Any]:
            return incoming.reconcile(turn, self.connection, max(start, first or start), end, dry_run=dry_run)

        run = Run("reconcile", {"start_date": start.isoformat(), "end_date": end.isoformat(), "dry_run": dry_run},
                  not credentials, started, trigger, inline=bool(credentials))
        return self._do(run, credentials, connector, work)

    def deliver(self, limit: int = 1000) -> dict[str, Any] | None:
        """Push about `limit` rows of what waits in the outbox; None where nothing is to be done now.
        See `Delivery.deliver`."""
        return self._delivery.deliver(limit)

    def is_anything_due(self) -> bool:
        """Whether `deliver` would find rows. See `Delivery.is_anything_due`."""
        return self._delivery.is_anything_due()

    def problems(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Rows that Odoo did not take and that wait for somebody. See `Delivery.problems`."""
        return self._delivery.problems(limit)

    def retry(self, attendance_ids: Sequence[int] | None = None) -> dict[str, Any]:
        """Let such rows try again. See `Delivery.retry`."""
        return self._delivery.retry(attendance_ids)

    def sync_employees_from_odoo(self, connector: OdooConnector) -> dict[str, Any]:
        """`pull` through a connector that the caller has made."""
        return self.pull(connector=connector)

    def sync_attendance_to_odoo(self, connector: OdooConnector, start_date: date | str,
                                end_date: date | str) -> dict[str, Any]:
        """`push` through a connector that the caller has made."""
        return self.push(start_date, end_date, connector=connector)

    def send_person(self, person_id: str) -> dict[str, Any]:
        """Create the person's employee in Odoo, or update it, and link the two: `{success, message,
        employee_id, created, changed, notes}`. Raises as `odoo_sending.send` does."""
        odoo = self.connector()
        with self.reachability.watching(odoo):
            store = settle(odoo, self._parts.store, self.connection.id, may_move=True, today=today(self._parts))
            return send(replace(self._parts, store=store), odoo, self.connection, person_id)

    def status(self) -> dict[str, Any]:
        """How the bridge stands; see `read_status`."""
        return read_status(self._parts, self.in_force(), self.circuit(), self.connection)

    def _do(self, run: Run, credentials: Mapping[str, Any] | None, connector: OdooConnector | None,
            work: Work) -> dict[str, Any]:
        odoo = connector or self.connector(credentials)
        try:
            return self._runs.do(run, odoo, work, in_force=self.is_in_force(odoo),
                                 configured=self.in_force().complete)
        finally:
            if credentials and connector is None:
                odoo.close()
