"""The table of jobs: name, when, what. A new job is a function and a row here."""

from __future__ import annotations

from datetime import time, timedelta

from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.jobs.bridge import bridge_jobs
from backend.jobs.job import Job
from backend.jobs.times import Daily, Every

_ANSWERED_AGAIN = timedelta(hours=1)
"""How long a question at the door outlives its end: an answer whose reply was lost is sent again."""


def schedule(settings: Settings) -> tuple[Job, ...]:
    """Every job of the product, in the order in which those due at one moment run."""
    return (
        Job("close overdue sessions", Every(timedelta(minutes=1)), close_overdue),
        Job("prune", Every(timedelta(minutes=10)), prune),
        Job("take up what was learnt", Daily(time(3, 40), settings.site_zone), take_up_learnt, remembered=True),
        Job("log the chain head", Daily(time(0, 5), settings.site_zone), log_chain_head,
            remembered=True),
        Job("warn of Odoo's key", Daily(time(8, 0), settings.site_zone), warn_of_key, remembered=True),
        *bridge_jobs(settings),
    )


def close_overdue(system: AttendanceSystem) -> str | None:
    """Close sessions without a check-out after MAX_SHIFT, by assumption."""
    closed = system.attendance.close_overdue()
    return f"{closed} sessions closed by assumption" if closed else None


def prune(system: AttendanceSystem) -> str | None:
    """Let go of what nobody will ask for: old events, log lines, expired page sessions, PIN tries."""
    settings, now = system.settings, system.clock()
    with system.store.write() as unit:
        gone = {
            "events": unit.events.prune(settings.events_kept),
            "log lines": unit.logs.prune(now - timedelta(days=settings.log_retention_days)),
            "page sessions": unit.sessions.prune(),
            "wrong PINs": unit.pin_attempts.prune(now - settings.pin_window),
            "questions at the door": unit.confirmations.prune(now - _ANSWERED_AGAIN),
            "enrolment pictures": unit.pictures.prune(settings.keep_pictures),
            "runs of the bridge": unit.sync_runs.prune(now - settings.odoo_runs_kept),
            "hints from Odoo": unit.hints.prune(now - timedelta(days=1)),
        }
    told = ", ".join(f"{count} {what}" for what, count in gone.items() if count)
    return f"removed {told}" if told else None


def take_up_learnt(system: AttendanceSystem) -> str | None:
    """Let what was learnt at the door since yesterday count: once a night, for all at once."""
    fresh = system.learning.take_up()
    return f"{fresh} learnt templates count from now on" if fresh else None


def warn_of_key(system: AttendanceSystem) -> str | None:
    """Say in the log, day by day, that a key to Odoo ends soon."""
    warnings = []
    for desk in system.odoos():
        warning = desk.status()["key_warning"]
        if warning is not None:
            warnings.append(desk.connection.say(warning))
            system.journal.log("odoo_sync", "warning", warnings[-1])
    return " ".join(warnings) or None


def log_chain_head(system: AttendanceSystem) -> str | None:
    """Write the head of the punches' hash chain into the log: whoever keeps the log elsewhere
    can prove later that no punch before it was changed."""
    with system.store.read() as unit:
        head = unit.punches.head()
    system.journal.log("system", "info", f"Hash chain: {head.seq} punches, head {head.hash}",
                       seq=head.seq, hash=head.hash)
    return None
