"""What goes to Odoo by itself: the outbox, the rows that could not go, and their second chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from backend.desks.connection import THE_FIRST, Connection
from backend.desks.odoo_runs import Stopping, told_already, within_time
from backend.desks.takeover import take_over
from backend.errors import Conflict, NotFound
from backend.odoo.bridge.place import settle
from backend.odoo.bridge.push import REMEDIES, Push
from backend.odoo.errors import OdooError
from backend.odoo.retrying import patience

if TYPE_CHECKING:
    from backend.config import Settings
    from backend.desks.odoo_connecting import Connecting
    from backend.desks.parts import Parts
    from backend.odoo_connector import OdooConnector

STAYS = ("odoo_deleted_by_hr",)
"""Problems that only somebody who names the row can decide about."""


class Delivery:
    """Threads may share it."""

    def __init__(self, parts: Parts, desk: Connecting) -> None:
        self._parts = parts
        self._desk = desk
        self._which = desk.connection

    def deliver(self, limit: int = 1000) -> dict[str, Any] | None:
        """Push about `limit` rows of what is due. None where nothing is due, or Odoo is not to be
        asked now. An Odoo that is away is no error: the rows wait."""
        reachability = self._desk.reachability
        if not self.is_anything_due() or not self._desk.in_force().complete or not reachability.may_try():
            return None
        odoo = self._desk.connector()
        started = self._parts.clock()
        push: Push | None = None
        try:
            with (patience(budget=self._parts.settings.odoo_run_budget.total_seconds(), alive=self._go_on),
                  reachability.watching(odoo)):
                odoo.connect()
                store = settle(odoo, self._parts.store, self._which.id, may_move=True, today=today(self._parts))
                push = make_push(replace(self._parts, store=store), odoo, self._which, alive=self._go_on)
                result = within_time(lambda: push.deliver(limit), push.so_far)
        except (OdooError, Conflict) as error:
            broke = {"success": False, "message": str(error), "code": error.code}
            result = {**(push.so_far() if push else {"pushed": 0, "failed": 0, "errors": []}), **broke}
            self._record(result, started, quiet=told_already(error))
        else:
            self._record(result, started)
        return result

    def problems(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Rows that wait for somebody, oldest first: `{attendance_id, person_id, person_name, check_in,
        check_out, error, code, remedy, since}`, times aware."""
        with self._parts.store.read() as unit:
            parked = unit.outbox.parked(self._which.id, limit)
            records = {one.id: one for one in unit.attendance.get_many([row.attendance_id for row in parked])}
        return [{
            "attendance_id": row.attendance_id, "person_id": records[row.attendance_id].person_id,
            "person_name": records[row.attendance_id].person_name,
            "check_in": records[row.attendance_id].check_in,
            "check_out": records[row.attendance_id].check_out, "error": row.error or "",
            "code": row.error_code or "", "remedy": REMEDIES.get(row.error_code or "", ""),
            "since": row.not_before} for row in parked]

    def retry(self, attendance_ids: Sequence[int] | None = None) -> dict[str, Any]:
        """Let rows that could not go try again: `{success, message, retried}`. None means all but
        those that HR deleted in Odoo; such a row is put back as a new one where it is named."""
        with self._parts.store.write() as unit:
            if attendance_ids is None:
                chosen = unit.outbox.retry(None, STAYS, self._which.id)
            else:
                parked = {row.attendance_id for row in unit.outbox.parked(self._which.id)}
                unknown = sorted(set(attendance_ids) - parked)
                if unknown:
                    raise NotFound("These rows do not wait for anybody: " + ", ".join(map(str, unknown)))
                chosen = unit.outbox.retry(attendance_ids, (), self._which.id)
                for number in chosen:
                    unit.odoo.put_back(number, self._which.id)
        return {"success": True, "message": "1 row goes to Odoo again" if len(chosen) == 1
                else f"{len(chosen)} rows go to Odoo again", "retried": len(chosen)}

    def counts(self) -> dict[str, int]:
        """How many rows are `waiting`, `parked`, or to be read again (`verify`)."""
        with self._parts.store.read() as unit:
            return unit.outbox.counts(self._since(unit), self._which.id)

    def is_anything_due(self) -> bool:
        """Whether rows wait that may go now, were Odoo to be had."""
        with self._parts.store.read() as unit:
            return unit.outbox.any_due(unit.now(), self._since(unit), self._which.id)

    def _go_on(self) -> None:
        if self._desk.stopping.is_set():
            raise Stopping

    def _since(self, unit: Any) -> date | None:
        since = unit.connections.state(self._which.id).get("since")
        return date.fromisoformat(since) if since else None

    def _record(self, result: dict[str, Any], started: datetime, *, quiet: bool = False) -> None:
        """A row of sync_runs, where something happened. `quiet`: the log tells already why it broke off."""
        if not result["pushed"] and not result["failed"]:
            return
        with self._parts.store.write() as unit:
            run_id = unit.sync_runs.record("push", result, self._which.id, started=started, trigger="punch")
            message = self._which.say(result["message"])
            unit.logs.append("odoo_sync", "debug" if result["success"] or quiet else "warning", message,
                             {"run_id": run_id, "kind": "push", "errors": result["errors"][:50]})
            unit.events.append("sync", {"kind": "push", "run_id": run_id, "success": result["success"],
                                        "message": message})


def claim_of(settings: Settings) -> timedelta:
    """How long a claim stands without a sign of life: three times the longest call."""
    return 3 * (settings.odoo_connect_timeout + settings.odoo_read_timeout)


def today(parts: Parts) -> date:
    """The site's day."""
    return parts.clock().astimezone(parts.zone).date()


def make_push(parts: Parts, odoo: OdooConnector, connection: Connection = THE_FIRST, *,
              dry_run: bool = False, alive: Callable[[], None] = lambda: None) -> Push:
    """A push as the settings want it."""
    settings = parts.settings
    return Push(odoo, parts.store, connection.id, settings.site_zone, lease=claim_of(settings),
                push_assumed=settings.push_assumed_check_out, dry_run=dry_run, alive=alive,
                take_over=lambda unit, number, held: take_over(unit, parts, number, held))
