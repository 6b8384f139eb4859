"""What comes back from hr.attendance: what HR changed, what somebody else entered, and the
comparison of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from backend.desks.connection import Connection
from backend.desks.odoo_delivery import make_push
from backend.desks.odoo_runs import Turn, within_time
from backend.odoo.bridge.reconcile import Reconcile
from backend.odoo.bridge.watch import Watch, Watched
from backend.odoo.errors import OdooOutOfTime
from backend.odoo.retrying import time_of_its_own

if TYPE_CHECKING:
    from backend.desks.parts import Parts


GLANCE = 15.0
"""Seconds that a short pull spends on rows that HR changed: it comes again, and what is left is in the outbox."""


def watch(turn: Turn, which: Connection, *, briefly: bool) -> dict[str, Any]:
    """Look at what changed among Odoo's attendance rows since the last time: `{read, taken_over,
    mended, failed, foreign, gone, errors}`. What HR changed is taken over at once, or `briefly` as
    much of it as there is time for, without people whose rows are on the way; the next delivery
    sees to the others."""
    return _see_to(turn, which, _watch(turn, which).run(), briefly=briefly)


def watch_only(turn: Turn, which: Connection, odoo_ids: Sequence[int]) -> dict[str, Any]:
    """The same for exactly these rows of Odoo."""
    return _see_to(turn, which, _watch(turn, which).only(odoo_ids), briefly=True)


def reconcile(turn: Turn, which: Connection, start: date, end: date, *, dry_run: bool) -> dict[str, Any]:
    """Compare these days; see `Reconcile.run`."""
    parts = turn.parts
    comparison = Reconcile(turn.odoo, parts.store, which.id, parts.zone,
                           push=lambda: make_push(parts, turn.odoo, which, alive=turn.alive),
                           push_assumed=parts.settings.push_assumed_check_out, dry_run=dry_run, alive=turn.alive)
    # What was mended by then stays mended; the next comparison finds the rest.
    return within_time(lambda: comparison.run(start, end), lambda: {
        "message": "The comparison was not finished", "compared": 0, "total": 0, "mended": 0, "hidden": 0, "counts": {},
        "differences": [], "errors": [], "dry_run": dry_run})


def since(parts: Parts, which: Connection) -> date | None:
    """The first day that goes to Odoo by itself."""
    with parts.store.read() as unit:
        kept = unit.connections.state(which.id).get("since")
    return date.fromisoformat(kept) if kept else None


def _watch(turn: Turn, which: Connection) -> Watch:
    settings = turn.parts.settings
    return Watch(turn.odoo, turn.parts.store, which.id, overlap=settings.odoo_pull_overlap,
                 horizon=timedelta(days=settings.odoo_reconcile_days), alive=turn.alive)


def _see_to(turn: Turn, which: Connection, found: Watched, *, briefly: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"taken_over": 0, "pushed": 0, "failed": 0, "errors": []}
    if found.doubtful:
        push = make_push(turn.parts, turn.odoo, which, alive=turn.alive)
        rows = sorted(found.doubtful)
        if not briefly:
            told |= push.some(rows, verify=True)
        else:
            with time_of_its_own(GLANCE):
                try:
                    told |= push.some(rows, verify=True, wait=False)
                except OdooOutOfTime:
                    told |= push.so_far()
    return {"read": found.read, "taken_over": told["taken_over"], "mended": told["pushed"],
            "failed": told["failed"], "foreign": found.foreign, "gone": found.gone, "errors": told["errors"]}
