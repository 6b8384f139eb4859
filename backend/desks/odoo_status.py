"""How the bridge stands: as data for programs, and in sentences for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from backend.desks.connection import THE_FIRST, Connection
from backend.desks.odoo_config import WITHHELD
from backend.desks.odoo_keys import key_end
from backend.desks.odoo_runs import Stopping
from backend.desks.reachability import Trouble, back_at, first_day, how_long
from backend.odoo.errors import OdooNotConfigured, OdooOutOfTime

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
    "odoo_server_fault": "Odoo itself fails at them; its log says why",
    "odoo_changed_values": "Odoo holds other times than were sent",
}
"""Why rows are parked, by error code."""
_LOOKED_BACK = 20
"""Runs of a kind among which the last good one is looked for."""
_NAMED = 5
"""Errors of a run that are told."""
_HINT = "hook"
"""Trigger of a pull that reads nothing but what a hint names."""
_GO_ON = (Stopping.code, OdooOutOfTime.code)
"""Codes of runs that the next one goes on with."""
_HEALED = "odoo_"
"""Codes of what an Odoo that is back may have mended."""


def read_status(parts: Parts, found: Config, circuit: str, which: Connection = THE_FIRST) -> dict[str, Any]:
    """`{enabled, configured, url, db, username, transport, last_sync, last_sync_message, status,
    pending, failed, circuit, waiting, oldest_waiting, parked, reasons, paused_at, away_since, problem,
    problem_code, next_try, key_expires_on, key_expires_assumed, key_warning, traffic,
    server_version, transport_used, runs}`.

    Times are aware. `pending` are rows that Odoo does not hold as they are, `waiting` those that
    go by themselves, `oldest_waiting` since when the first of them waits, `parked` those that
    wait for somebody and `reasons` why, with how many each; `runs` is the last run of each kind that has ended.
    `transport_used` is None until something was exchanged with this address and database.
    Dry runs and runs with credentials given for once tell nothing here, nor hints among the pulls.
    """
    now = parts.clock()
    with parts.store.read() as unit:
        connection = unit.connections.get(which.id)
        running = unit.sync_runs.running(which.id)
        last = unit.sync_runs.last(connection_id=which.id, counting=True)
        runs = {kind: unit.sync_runs.list(_LOOKED_BACK, which.id, kind, counting=True, but_for=_HINT)
                for kind in KINDS}
        pending = unit.attendance.count_pending(which.id)
        failed = sum(unit.odoo.count(state, which.id) for state in ("failed", "conflict", "deleted"))
        since = first_day(connection)
        queue = unit.outbox.counts(since, which.id)
        oldest, reasons = unit.outbox.oldest(since, which.id), unit.outbox.reasons(which.id)
    if running is not None and running.lease_until <= now:
        running = None
    trouble = Trouble.of(connection)
    server = connection.state.get("server", {})
    if (server.get("url"), server.get("db")) != (found.url, found.db):
        server = {}  # nothing was exchanged with what is configured now
    end = key_end(parts.settings, connection, found, now.astimezone(parts.zone).date())
    problem, code = ((WITHHELD, OdooNotConfigured.code) if found.withheld else
                     _problem(trouble, last, connection.state))
    return {
        "enabled": found.complete, "configured": found.complete, "url": found.url, "db": found.db,
        "username": found.username, "transport": found.transport,
        "last_sync": last.finished_at if last else None, "last_sync_message": last.message if last else None,
        "status": _word(found.complete, running, connection.paused_at, problem),
        "pending": pending, "failed": failed, "circuit": _circuit(circuit, trouble, now),
        "waiting": queue["waiting"], "oldest_waiting": oldest, "parked": queue["parked"],
        "reasons": [(REASONS.get(code, "Odoo did not take them"), count) for code, count in reasons.items()],
        "paused_at": connection.paused_at,
        "away_since": trouble.since if trouble else None, "problem": problem, "problem_code": code,
        "next_try": trouble.next_try if trouble and connection.paused_at is None else None,
        "key_expires_on": end.day if end else None, "key_expires_assumed": end.assumed if end else None,
        "key_warning": end.warning(parts.settings.odoo_key_warning) if end else None,
        "traffic": {"calls": 0, "failures": 0, **connection.state.get("traffic", {})},
        "server_version": server.get("version"), "transport_used": server.get("transport"),
        "runs": {kind: _last(some) for kind, some in runs.items()}}


def _problem(trouble: Trouble | None, last: SyncRun | None,
             state: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """What is the matter, and its code: Odoo's trouble, else why the last run broke off, unless
    Odoo has come back since."""
    if trouble is not None:
        return trouble.message, trouble.code
    if last is None or not _broke(last):
        return None, None
    code = str((last.result or {}).get("code", last.state))
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


def _circuit(held: str, trouble: Trouble | None, now: datetime) -> str:
    """That of this process, or what all processes keep to where Odoo is known to be away."""
    if trouble is None or held != "closed":
        return held
    return "half_open" if now >= trouble.next_try else "open"


def _last(runs: Sequence[SyncRun]) -> dict[str, Any] | None:
    """The newest run that has ended; where it broke off, `good` is the newest one before it that
    did not."""
    ended = [run for run in runs if run.state != "running"]
    if not ended:
        return None
    good = next((run for run in ended if not _broke(run)), None) if _broke(ended[0]) else None
    return {**_run(ended[0]), "broke": _broke(ended[0]), "good": None if good is None else _run(good)}


def _run(run: SyncRun) -> dict[str, Any]:
    return {"id": run.id, "state": run.state, "trigger": run.trigger, "message": run.message,
            "finished_at": run.finished_at, "success": run.state == "done",
            "errors": list((run.result or {}).get("errors", ()))[:_NAMED]}


def _broke(run: SyncRun) -> bool:
    """Whether it ended before its time by a fault; single rows may fail in any run, and our own
    process may stop during one."""
    return run.state == "abandoned" or (run.result or {}).get("code", Stopping.code) not in _GO_ON


# For people --------------------------------------------------------------------------------


def sentences(state: Mapping[str, Any], zone: ZoneInfo, now: datetime,
              due: Mapping[str, datetime] | None = None) -> list[str]:
    """`state` of `read_status` as a person would tell it, one matter a line; `due` is when each
    kind of run comes next by itself."""
    if not state["configured"]:
        withheld = state["problem_code"] == OdooNotConfigured.code
        return [state["problem"] if withheld else "Odoo is not configured. Run: python backend/configure_odoo.py"]

    def when(moment: datetime) -> str:
        return _when(moment, now, zone)

    met = state["transport_used"] is not None
    how = "Connected with" if met and state["away_since"] is None else "Set up for"
    lines = [f"{how} {state['url']}, database {state['db']}, as {state['username']} "
             f"({_over(state)}){'' if met else '; nothing has been exchanged with it yet'}."]
    if state["paused_at"] is not None:
        lines.append(f"Paused since {when(state['paused_at'])}: nothing goes by itself until "
                     "`python -m backend odoo resume`.")
    if state["away_since"] is not None:
        lines.append(f"Odoo has not answered as it should for {how_long(now - state['away_since'])}, since "
                     f"{when(state['away_since'])}: {state['problem']}")
        if state["next_try"] is not None:
            soon = state["next_try"] - now
            lines.append("The next try is due now." if soon <= timedelta(seconds=2) else
                         f"The next try is made in {how_long(soon)}.")
    elif state["problem"] is not None:
        lines.append(f"The last run broke off: {state['problem']}")
    if state["status"] == "syncing":
        lines.append("A run is in force right now.")
    lines += _rows(state, when)
    for kind, done in (("pull", "Employees {} read"), ("push", "Attendance {} pushed"),
                       ("reconcile", "Rows {} compared with Odoo's")):
        line = _told(state["runs"][kind], done, when, state["problem"])
        if due and kind in due and state["paused_at"] is None:
            line += f" Next {when(due[kind])}."
        lines.append(line)
        if kind == "pull":  # of rows, `problems` tells
            lines += [f"  {error}" for error in _errors(state["runs"][kind])]
    if state["key_warning"]:
        lines.append(state["key_warning"])
    elif state["key_expires_on"] is not None and not state["key_expires_assumed"]:
        lines.append(f"The API key is good until {state['key_expires_on']}.")
    return lines


def _told(run: Mapping[str, Any] | None, done: str, when: Callable[[datetime], str],
          problem: str | None) -> str:
    """What the last run came to, and where it broke off, the last one that did not."""
    good = run if run is None or not run["broke"] else run["good"]
    line = done.format("were never" if done.startswith(("E", "R")) else "was never") + "." if good is None else (
        f"{done.format('were last' if done.startswith(('E', 'R')) else 'was last')} {when(good['finished_at'])}: "
        f"{_stop(good['message'])}")
    if run is not None and run["broke"]:
        why = "" if run["message"] == problem else f": {_stop(run['message'])}"
        line += f" The last try, {when(run['finished_at'])}, broke off{why or '.'}"
    return line


def _errors(run: Mapping[str, Any] | None) -> list[str]:
    good = run if run is None or not run["broke"] else run["good"]
    return good["errors"] if good is not None else []


def _rows(state: Mapping[str, Any], when: Callable[[datetime], str]) -> list[str]:
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


def _over(state: Mapping[str, Any]) -> str:
    names = {"xmlrpc": "XML-RPC", "jsonrpc": "JSON-RPC", "json2": "JSON-2"}
    server = f"Odoo {state['server_version']} " if state["server_version"] else ""
    used = state["transport_used"] or state["transport"]
    return f"{server}over {names[used]}" if used in names else "protocol as the server says"


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
