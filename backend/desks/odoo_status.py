"""How the bridge stands: as data for programs, and in sentences for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from backend.desks.odoo_keys import key_end
from backend.desks.odoo_runs import Stopping
from backend.desks.reachability import CONNECTION, Trouble, back_at, first_day, how_long

if TYPE_CHECKING:
    from backend.desks.odoo_config import Config
    from backend.desks.parts import Parts
    from backend.store.records import SyncRun

KINDS = ("pull", "push", "reconcile")
REASONS = {
    "odoo_employee_not_found": "no employee in Odoo has the person's badge",
    "odoo_refused": "Odoo refused them, mostly because another row is in the way",
    "odoo_forbidden": "the bridge user may not write them",
    "odoo_edited_by_hr": "HR edited them in Odoo, and the edit could not be taken over",
    "odoo_deleted_by_hr": "HR deleted them in Odoo",
    "odoo_changed_values": "Odoo holds other times than were sent",
}
"""Why rows are parked, by error code."""
_HEALED = "odoo_"
"""Codes of what an Odoo that is back may have mended."""


def read_status(parts: Parts, found: Config, circuit: str) -> dict[str, Any]:
    """`{enabled, configured, url, db, username, transport, last_sync, last_sync_message, status,
    pending, failed, circuit, waiting, oldest_waiting, parked, reasons, paused_at, away_since, problem,
    problem_code, next_try, key_expires_on, key_expires_assumed, key_warning, traffic, runs}`.

    Times are aware. `pending` are rows that Odoo does not hold as they are, `waiting` those that
    go by themselves, `oldest_waiting` since when the first of them waits, `parked` those that
    wait for somebody and `reasons` why, with how many each; `runs` is the last run of each kind that has ended.
    """
    now = parts.clock()
    with parts.store.read() as unit:
        connection = unit.connections.get(CONNECTION)
        running = unit.sync_runs.running(CONNECTION)
        last = unit.sync_runs.last(connection_id=CONNECTION)
        runs = {kind: unit.sync_runs.last(kind, CONNECTION) for kind in KINDS}
        pending = unit.attendance.count_pending(CONNECTION)
        failed = sum(unit.odoo.count(state, CONNECTION) for state in ("failed", "conflict", "deleted"))
        since = first_day(connection)
        queue = unit.outbox.counts(since, CONNECTION)
        oldest, reasons = unit.outbox.oldest(since, CONNECTION), unit.outbox.reasons(CONNECTION)
    if running is not None and running.lease_until <= now:
        running = None
    trouble = Trouble.of(connection)
    end = key_end(parts.settings, connection, found, now.astimezone(parts.zone).date())
    problem, code = _problem(trouble, last, connection.state)
    return {
        "enabled": found.complete, "configured": found.complete, "url": found.url, "db": found.db,
        "username": found.username, "transport": found.transport,
        "last_sync": last.finished_at if last else None, "last_sync_message": last.message if last else None,
        "status": _word(found.complete, running, connection.paused_at, problem),
        "pending": pending, "failed": failed, "circuit": circuit,
        "waiting": queue["waiting"], "oldest_waiting": oldest, "parked": queue["parked"],
        "reasons": [(REASONS.get(code, "Odoo did not take them"), count) for code, count in reasons.items()],
        "paused_at": connection.paused_at,
        "away_since": trouble.since if trouble else None, "problem": problem, "problem_code": code,
        "next_try": trouble.next_try if trouble and connection.paused_at is None else None,
        "key_expires_on": end.day if end else None, "key_expires_assumed": end.assumed if end else None,
        "key_warning": end.warning(parts.settings.odoo_key_warning) if end else None,
        "traffic": {"calls": 0, "failures": 0, **connection.state.get("traffic", {})},
        "runs": {kind: _run(run) for kind, run in runs.items()}}


def _problem(trouble: Trouble | None, last: SyncRun | None,
             state: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """What is the matter, and its code: Odoo's trouble, else why the last run broke off, unless
    Odoo has come back since."""
    if trouble is not None:
        return trouble.message, trouble.code
    code = "abandoned" if last is not None and last.state == "abandoned" else (
        (last.result or {}).get("code") if last is not None else None)
    if last is None or code is None or code == Stopping.code:
        return None, None
    back = back_at(state)
    if code.startswith(_HEALED) and back is not None and last.finished_at is not None and back >= last.finished_at:
        return None, None
    return last.message, code


def _word(configured: bool, running: SyncRun | None, paused_at: datetime | None, problem: str | None) -> str:
    if not configured:
        return "not_configured"
    if running is not None:
        return "syncing"
    if paused_at is not None:
        return "paused"
    return "configured" if problem is None else "error"


def _run(run: SyncRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {"id": run.id, "state": run.state, "trigger": run.trigger, "message": run.message,
            "finished_at": run.finished_at, "success": run.state == "done"}


# For people --------------------------------------------------------------------------------


def sentences(state: Mapping[str, Any], zone: ZoneInfo, now: datetime,
              due: Mapping[str, datetime] | None = None) -> list[str]:
    """`state` of `read_status` as a person would tell it, one matter a line; `due` is when each
    kind of run comes next by itself."""
    if not state["configured"]:
        return ["Odoo is not configured. Run: python backend/configure_odoo.py"]

    def when(moment: datetime) -> str:
        return _when(moment, now, zone)

    lines = [f"Connected with {state['url']}, database {state['db']}, as {state['username']} "
             f"({_over(state['transport'])})."]
    if state["paused_at"] is not None:
        lines.append(f"Paused since {when(state['paused_at'])}: nothing goes by itself until "
                     "`python -m backend odoo resume`.")
    if state["away_since"] is not None:
        lines.append(f"Odoo has not answered as it should for {how_long(now - state['away_since'])}, since "
                     f"{when(state['away_since'])}: {state['problem']}")
        if state["next_try"] is not None:
            soon = state["next_try"] - now
            lines.append("The next try is due now." if soon <= timedelta() else
                         f"The next try is made in {how_long(soon)}.")
    elif state["problem"] is not None:
        lines.append(f"The last run broke off: {state['problem']}")
    if state["status"] == "syncing":
        lines.append("A run is in force right now.")
    lines += _rows(state, when)
    for kind, past, future in (("pull", "Employees were last read", "next"),
                               ("push", "Attendance was last pushed", "next"),
                               ("reconcile", "Rows were last compared", "next")):
        run, line = state["runs"][kind], ""
        if run is not None:
            line = f"{past} {when(run['finished_at'])}: {_stop(run['message'])}"
        elif kind != "reconcile":
            line = {"pull": "Employees have never been read.", "push": "Attendance has never been pushed "
                    "in a run."}[kind]
        if due and kind in due:
            line = f"{line} {future.capitalize()} {when(due[kind])}.".strip() if line else (
                f"Rows are compared {when(due[kind])}.")
        if line:
            lines.append(line)
    if state["key_warning"]:
        lines.append(state["key_warning"])
    elif state["key_expires_on"] is not None and not state["key_expires_assumed"]:
        lines.append(f"The API key is good until {state['key_expires_on']}.")
    return lines


def _rows(state: Mapping[str, Any], when: Any) -> list[str]:
    waiting, parked, older = state["waiting"], state["parked"], state["pending"] - state["waiting"]
    since = f", the oldest since {when(state['oldest_waiting'])}" if state["oldest_waiting"] else ""
    lines = [f"{_many(waiting, 'row waits', 'rows wait')} to go to Odoo{since}." if waiting else
             "No row waits to go to Odoo."]
    if older > 0:
        lines.append(f"{_many(older, 'row of earlier days is', 'rows of earlier days are')} not in Odoo; such rows "
                     "go when you push their days.")
    if parked:
        lines.append(f"{_many(parked, 'row needs', 'rows need')} somebody to mend something; see: "
                     "python -m backend odoo problems")
        lines += [f"  {_many(count, 'row', 'rows')}: {reason}" for reason, count in state["reasons"]]
    return lines


def _many(count: int, one: str, more: str) -> str:
    return f"One {one}" if count == 1 else f"{count} {more}"


def _over(transport: str | None) -> str:
    names = {"xmlrpc": "XML-RPC", "jsonrpc": "JSON-RPC", "json2": "JSON-2"}
    return f"over {names[transport]}" if transport in names else "protocol as the server says"


def _stop(message: str | None) -> str:
    text = (message or "no word of it").rstrip()
    return text if text.endswith((".", "!", "?")) else text + "."


def _when(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment as people say it: with the day where it is not today."""
    here, today = moment.astimezone(zone), now.astimezone(zone).date()
    clock = f"{here:%H:%M}" if abs(moment - now) >= timedelta(minutes=2) else f"{here:%H:%M:%S}"
    days: dict[date, str] = {today: "today", today - timedelta(days=1): "yesterday",
                             today + timedelta(days=1): "tomorrow"}
    return f"{days.get(here.date(), f'on {here:%Y-%m-%d}')} at {clock}"
