"""HR's wish about one row of attendance, turned into a correction about an interval.

The interval covers every punch that concerns the session, so that neither its duplicates nor
its old check-out come back as something new. Whether other sessions stay as they are is
checked after deriving again, with `disturbed`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from backend.attendance.model import Correction, Derived, Punch, Session

_SECOND = timedelta(seconds=1)


def restate(session: Session, derived: Derived, punches: Iterable[Punch], *, uuid: UUID,
            check_in: datetime, check_out: datetime | None, author: str, reason: str,
            source: str, created_at: datetime) -> Correction:
    """The correction that gives `session` other times and keeps its number."""
    moments = [check_in] if check_out is None else [check_in, check_out]
    start, end = _extent(session, derived, punches)
    return Correction(
        uuid=uuid, person=session.person, kind="replace", check_in=check_in, check_out=check_out,
        start=min(start, check_in), end=max(end, max(moments) + _SECOND), source=source,
        author=author, reason=reason, created_at=created_at, opened_by=session.opened_by)


def void(session: Session, derived: Derived, punches: Iterable[Punch], *, uuid: UUID, author: str,
         reason: str, source: str, created_at: datetime) -> Correction:
    """The correction that removes `session`."""
    start, end = _extent(session, derived, punches)
    return Correction(uuid=uuid, person=session.person, kind="void", start=start, end=end,
                      source=source, author=author, reason=reason, created_at=created_at)


def disturbed(before: Derived, after: Derived, restated: UUID) -> list[Session]:
    """The sessions other than `restated` that a correction changed, removed or brought about."""
    was = {session.uuid: session for session in before.sessions if session.uuid != restated}
    now = {session.uuid: session for session in after.sessions if session.uuid != restated}
    return [was.get(uuid) or now[uuid] for uuid in was.keys() | now.keys()
            if was.get(uuid) != now.get(uuid)]


def _extent(session: Session, derived: Derived, punches: Iterable[Punch]) -> tuple[datetime, datetime]:
    """The half-open interval that holds the session and all punches that concern it."""
    concerned = {outcome.punch for outcome in derived.outcomes if outcome.session == session.uuid}
    moments = [session.check_in, *(punch.at for punch in punches if punch.uuid in concerned)]
    if session.check_out is not None and not session.assumed:
        moments.append(session.check_out)
    end = max(moments) + _SECOND
    if session.assumed and session.check_out is not None:
        # The assumed end is nobody's punch; the next check-in may stand right behind it.
        end = max(end, session.check_out)
    return min(moments), end
