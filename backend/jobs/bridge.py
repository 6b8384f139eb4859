"""The jobs that need Odoo. They wait while it is not configured, paused or known to be away.

Each connection has jobs of its own, which know nothing of the other ones' troubles.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.desks.odoo import OdooDesk
from backend.desks.odoo_runs import RunLost, Stopping, changed_anything
from backend.desks.reachability import word_for
from backend.jobs.job import Job, Lane, PutOff
from backend.jobs.times import Cron
from backend.odoo.bridge.place import PlaceMoved
from backend.odoo.errors import OdooError
from backend.store.errors import SyncRunning

_OTHER_RUN = timedelta(seconds=5)
"""After which a run is tried again that met another one."""

_OTHER_LOOK = timedelta(seconds=1)
"""After which it is asked again whether Odoo may be tried."""
Work = Callable[[AttendanceSystem], str | None]
DeskWork = Callable[[AttendanceSystem, OdooDesk | None], str | None]


def bridge_jobs(settings: Settings, desk: OdooDesk | None = None) -> tuple[Job, ...]:
    """Those whose schedule is not switched off: of the first connection, or of the one that `desk` is for."""
    of = "" if desk is None or desk.connection.is_first else f" ({desk.connection.name})"
    table: tuple[tuple[str, str, DeskWork, Lane], ...] = (
        ("pull from Odoo", settings.odoo_pull_schedule, pull, Lane.people),
        ("push to Odoo", settings.odoo_push_schedule, push, Lane.odoo),
        ("pull everybody from Odoo", settings.odoo_full_pull_schedule, pull_everybody, Lane.odoo),
        ("reconcile with Odoo", settings.odoo_reconcile_schedule, reconcile, Lane.odoo),
    )
    return tuple(Job(f"{name}{of}", Cron(line, settings.site_zone), _when_free(partial(work, desk=desk)),
                     remembered=True, lane=lane, ready=partial(reachable, desk=desk))
                 for name, line, work, lane in table if line != "off")


def next_runs(settings: Settings, now: datetime) -> dict[str, datetime]:
    """When each kind of run comes next by itself, while `serve` runs; aware, in UTC."""
    lines = {"pull": settings.odoo_pull_schedule, "push": settings.odoo_push_schedule,
             "reconcile": settings.odoo_reconcile_schedule}
    return {kind: Cron(line, settings.site_zone).after(now) for kind, line in lines.items() if line != "off"}


def reachable(system: AttendanceSystem, desk: OdooDesk | None = None) -> bool:
    """Whether it makes sense to call Odoo now. The work itself takes the turn."""
    return (desk or system.odoo).is_time()


def pull(system: AttendanceSystem, desk: OdooDesk | None = None) -> str | None:
    """Read the employees that have changed."""
    return _told(_in_turn(desk or system.odoo).pull(trigger="schedule"))


def pull_everybody(system: AttendanceSystem, desk: OdooDesk | None = None) -> str | None:
    """Read all employees: what leaves no trace in Odoo shows only so."""
    return _told(_in_turn(desk or system.odoo).pull(full=True, trigger="schedule"))


def push(system: AttendanceSystem, desk: OdooDesk | None = None) -> str | None:
    """Bring everything that waits to Odoo; rows that it did not take get another chance. Each
    delivery takes its turn."""
    desk = desk or system.odoo
    desk.retry()
    pushed = failed = 0
    while (result := desk.deliver()) is not None:
        if result.get("code") == Stopping.code:
            raise PutOff(_OTHER_RUN)
        pushed, failed = pushed + result["pushed"], failed + result["failed"]
        if "code" in result or not result["pushed"]:
            break
    if desk.reachability.trouble() is not None and desk.is_anything_due():
        raise PutOff(_OTHER_LOOK)
    return f"{pushed} rows pushed, {failed} failed" if pushed or failed else None


def reconcile(system: AttendanceSystem, desk: OdooDesk | None = None) -> str | None:
    """Compare the last days with Odoo row by row, today included, and mend what differs."""
    today = system.clock().astimezone(system.settings.site_zone).date()
    return _told(_in_turn(desk or system.odoo).reconcile(
        today - timedelta(days=system.settings.odoo_reconcile_days), today, trigger="schedule"))


def _in_turn(desk: OdooDesk) -> OdooDesk:
    """`desk`, where Odoo is there or it is our turn to look; else the work is put off."""
    if not desk.may_try():
        raise PutOff(_OTHER_LOOK)
    return desk


def _told(result: dict[str, Any]) -> str | None:
    """The run's message, where it changed anything: twice a minute there is nothing to tell."""
    return str(result["message"]) if changed_anything(result) else None


def _when_free(work: Work) -> Work:
    """`work`, put off while another run is in force, while Odoo is not to be had (the bridge
    tells of that, and says when to look again), and where the process is about to end: what is
    put off is made up for after the restart."""
    def done(system: AttendanceSystem) -> str | None:
        try:
            return work(system)
        except (SyncRunning, RunLost, Stopping, PlaceMoved):
            raise PutOff(_OTHER_RUN) from None
        except OdooError as error:
            if word_for(error) is None:
                raise
            raise PutOff(_OTHER_LOOK) from None

    return done
