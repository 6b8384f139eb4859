"""Endpoints of the Odoo bridge. `/sync/odoo/*` answer with their fields at the top level."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from backend.attendance.time import parse_day
from backend.desks.odoo import OdooDesk
from backend.errors import BadInput, NotFound
from backend.store.records import SyncRun
from backend.store.repositories.connections import DEFAULT
from backend.web.context import Context, context
from backend.web.schemas.sync import (
    ConfigAnswer,
    ConfigBody,
    ConfigOut,
    ConfigWithKey,
    Credentials,
    NamedState,
    OdooState,
    OfConnection,
    PauseAnswer,
    PullAnswer,
    PullBody,
    PushAnswer,
    PushBody,
    ReconcileAnswer,
    ReconcileBody,
    RunAnswer,
    RunningAnswer,
    RunOut,
    RunPath,
    RunsAnswer,
    RunsOut,
    RunsQuery,
    RunSummary,
    SyncState,
    SyncStatusAnswer,
    TestAnswer,
)
from backend.web.topic import Topic

bp = Topic("sync", "Odoo", "Employees in, attendance out.")

ODOO_FAILS = {
    409: "Odoo is not set up (`odoo_not_configured`), or another run is in force (`sync_running`, with its id).",
    502: "Odoo cannot be reached (`odoo_unreachable`) or refuses the credentials (`odoo_access_denied`)."}


_ERRORS = 10
"""Errors of a run that the list shows."""


class RunNotFound(NotFound):
    code = "run_not_found"


def _credentials(body: Credentials) -> dict[str, Any] | None:
    """What was sent inline, without blanks; None where nothing was."""
    given = {name: getattr(body, name) for name in Credentials.model_fields if name != "connection"}
    given = {name: value for name, value in given.items() if value not in (None, "")}
    password = given.get("password")
    if isinstance(password, str) and set(password) == {"*"}:
        del given["password"]
    return given or None


@bp.endpoint("POST", "/sync/odoo/test", "sync:write", TestAnswer, fails=ODOO_FAILS)
def test_connection(body: Credentials) -> TestAnswer:
    """Try to log in to Odoo, with the credentials sent or the saved ones."""
    found = context().system.odoo_of(body.connection).test(_credentials(body))
    return TestAnswer(**_only(TestAnswer, found))


@bp.endpoint("GET", "/sync/odoo/config", "sync:read", ConfigAnswer)
def show_config(query: OfConnection) -> ConfigAnswer:
    """Show the saved connection, the password as asterisks."""
    return _config(context().system.odoo_of(query.connection))


@bp.endpoint("POST", "/sync/odoo/config", "sync:write", ConfigAnswer)
def save_config(body: ConfigBody) -> ConfigAnswer:
    """Save the connection. A password of asterisks, or none, keeps the saved one."""
    desk = context().system.odoo_of(body.connection)
    given = _credentials(body)
    if given is None and body.key_expires is None and body.companies is None:
        raise BadInput("Send url, db, username and password.")
    desk.save_config(**given or {}, key_expires=body.key_expires, companies=body.companies)
    return _config(desk, "Saved.")


def _config(desk: OdooDesk, message: str | None = None) -> ConfigAnswer:
    found = desk.config()
    values = found.get("config", found)
    configured = found.get("configured", bool(values.get("url") and values.get("db")))
    shape = ConfigWithKey if "key_expires_on" in values else ConfigOut
    return ConfigAnswer(message=message, configured=configured, config=shape(
        **{"url": None, "db": None, "username": None, "password": None} | _only(shape, values)))


@bp.endpoint("POST", "/sync/odoo/pull", "sync:write", {200: PullAnswer, 202: RunningAnswer}, fails=ODOO_FAILS)
def pull(body: PullBody) -> tuple[BaseModel, int]:
    """Bring Odoo's employees here."""
    here = context()
    desk = here.system.odoo_of(body.connection)
    return _run(PullAnswer, lambda started: desk.pull(
        credentials=_credentials(body), limit=body.limit, full=body.full, force=body.force,
        dry_run=body.dry_run, with_photos=body.with_photos, pictures=here.pictures, started=started))


@bp.endpoint("POST", "/sync/odoo/push", "sync:write", {200: PushAnswer, 202: RunningAnswer}, fails=ODOO_FAILS)
def push(body: PushBody) -> tuple[BaseModel, int]:
    """Bring the attendance of some days, the last included, to Odoo."""
    start, end = parse_day(body.start_date, "start_date"), parse_day(body.end_date, "end_date")
    if end < start:
        raise BadInput("end_date lies before start_date.", code="bad_range")
    desk = context().system.odoo_of(body.connection)
    return _run(PushAnswer, lambda started: desk.push(
        start, end, credentials=_credentials(body), dry_run=body.dry_run, started=started))


@bp.endpoint("POST", "/sync/odoo/reconcile", "sync:write", {200: ReconcileAnswer, 202: RunningAnswer},
             fails=ODOO_FAILS)
def reconcile(body: ReconcileBody) -> tuple[BaseModel, int]:
    """Compare the attendance of some days, the last included, with Odoo row by row, and mend it.

    What HR changed in Odoo is taken over, what is missing there is pushed, rows entered there by
    hand are brought here, and what HR deleted is told and left to you.
    """
    start, end = parse_day(body.start_date, "start_date"), parse_day(body.end_date, "end_date")
    desk = context().system.odoo_of(body.connection)
    return _run(ReconcileAnswer, lambda started: desk.reconcile(
        start, end, credentials=_credentials(body), dry_run=body.dry_run, started=started))


Run = Callable[[Callable[[int], None]], dict[str, Any]]
"""Does a run; calls what it is given with the run's id as soon as there is one."""


class _Work(threading.Thread):
    """A run that may outlive the request that asked for it."""

    def __init__(self, work: Run) -> None:
        super().__init__(name="sync", daemon=True)
        self._work = work
        self._begun = threading.Event()
        self.run_id: int | None = None
        self.result: dict[str, Any] = {}
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._work(self._note)
        except BaseException as error:
            self.error = error
        finally:
            self._begun.set()

    def _note(self, run_id: int) -> None:
        self.run_id = run_id
        self._begun.set()

    def wait(self, seconds: float) -> bool:
        """Whether the run has ended within `seconds`; at least until it has an id."""
        self.join(seconds)
        self._begun.wait()
        if self.run_id is None:
            self.join()  # refused before it began
        return not self.is_alive()


def _run(answer: type[BaseModel], work: Run) -> tuple[BaseModel, int]:
    thread = _Work(work)
    thread.start()
    if not thread.wait(context().settings.sync_wait.total_seconds()):
        assert thread.run_id is not None
        return RunningAnswer(message=f"This takes longer; GET /sync/runs/{thread.run_id} tells how it ends.",
                             run_id=thread.run_id), 202
    if thread.error is not None:
        raise thread.error
    return answer(**_only(answer, thread.result)), 200


def _only(model: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in model.model_fields if name in values}


@bp.endpoint("GET", "/sync/runs", "sync:read", RunsAnswer)
def list_runs(query: RunsQuery) -> RunsAnswer:
    """List the runs of the bridge, newest first."""
    here = context()
    of = here.system.connections.get(query.connection)
    with here.system.store.read() as unit:
        found = unit.sync_runs.list(query.limit, of.id, query.kind, query.trigger)
    return RunsAnswer(data=RunsOut(runs=[RunSummary(**_summary(here, run)) for run in found]))


@bp.endpoint("GET", "/sync/runs/<int:run_id>", "sync:read", RunAnswer, fails={404: "No such run."})
def show_run(path: RunPath) -> RunAnswer:
    """Show a run: still running, or how it ended."""
    here = context()
    with here.system.store.read() as unit:
        run = unit.sync_runs.get(path.run_id)
    if run is None:
        raise RunNotFound(f"There is no run {path.run_id}.")
    return RunAnswer(data=RunOut(**_summary(here, run), result=run.result))


def _summary(here: Context, run: SyncRun) -> dict[str, Any]:
    result = run.result or {}
    took = None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds()
    return {"id": run.id, "kind": run.kind, "trigger": run.trigger, "state": run.state, "message": run.message,
            "started_at": here.local(run.started_at), "finished_at": here.local(run.finished_at),
            "dry_run": run.dry_run, "inline": run.inline, "duration_seconds": took,
            "errors": result.get("errors", [])[:_ERRORS],
            "counts": {name: value for name, value in result.items() if type(value) is int and name != "run_id"}}


@bp.endpoint("GET", "/sync/status", "sync:read", SyncStatusAnswer)
def sync_status() -> SyncStatusAnswer:
    """Show how the bridge is: set up, running, failing, and how many rows wait."""
    here = context()
    told = {desk.connection.name: _told(here, desk) for desk in here.system.odoos()}
    return SyncStatusAnswer(data=SyncState(
        odoo=OdooState(**_only(OdooState, told[DEFAULT])),
        connections=[NamedState(name=name, **_only(OdooState, state)) for name, state in told.items()]))


def _told(here: Context, desk: OdooDesk) -> dict[str, Any]:
    found = dict(desk.status())
    for name in ("last_sync", "oldest_waiting", "paused_at", "away_since", "next_try"):
        found[name] = here.local(found[name])
    found["runs"] = {kind: run and _run_told(here, run) | {"good": run["good"] and _run_told(here, run["good"])}
                     for kind, run in found["runs"].items()}
    return found


def _run_told(here: Context, run: dict[str, Any]) -> dict[str, Any]:
    return run | {"finished_at": here.local(run["finished_at"])}


@bp.endpoint("POST", "/sync/odoo/pause", "sync:write", PauseAnswer)
def pause(query: OfConnection) -> PauseAnswer:
    """Stop what goes to and fro by itself; attendance is recorded and waits. By hand it still goes."""
    desk = context().system.odoo_of(query.connection)
    desk.pause()
    return _paused(desk, "Paused.")


@bp.endpoint("POST", "/sync/odoo/resume", "sync:write", PauseAnswer)
def resume(query: OfConnection) -> PauseAnswer:
    """Let what waits go on by itself, at once."""
    desk = context().system.odoo_of(query.connection)
    desk.resume()
    return _paused(desk, "The bridge goes on by itself.")


def _paused(desk: OdooDesk, message: str) -> PauseAnswer:
    state = desk.status()
    return PauseAnswer(message=message, status=state["status"], paused_at=context().local(state["paused_at"]))
