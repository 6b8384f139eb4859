"""Settings become policies: appended when they change, so that last year stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from backend.attendance import Policy
from backend.desks.parts import Parts
from backend.desks.rederive import rederive
from backend.store.unit import Unit


def keep_policy(parts: Parts, *, changed: bool) -> None:
    """Record the first policy, and with `changed` a new one where the settings differ.

    Only the supervisor passes `changed`: a command started with another environment must not
    change the rules for everybody. A lock that was moved is applied at once.
    """
    with parts.store.read() as unit:
        known = unit.policies.all()
    if known and not (changed and _differs(parts, known[-1])):
        return
    with parts.store.write() as unit:
        known = unit.policies.all()
        wanted = _wanted(parts, known)
        if known and _same(wanted, known[-1]):
            return
        unit.policies.append(wanted)
        if known:
            unit.logs.append("system", "info", "The attendance rules have changed", {
                "duplicate_window": str(wanted.duplicate_window), "max_shift": str(wanted.max_shift),
                "timezone": wanted.zone, "period_lock": str(wanted.period_lock or "none")})
        if known and wanted.period_lock != known[-1].period_lock:
            _let_count(unit)


def _differs(parts: Parts, latest: Policy) -> bool:
    return not _same(_wanted(parts, [latest]), latest)


def _wanted(parts: Parts, known: list[Policy]) -> Policy:
    settings, now = parts.settings, parts.clock()
    # A clock that was put back must not slip a policy in before one that has ruled already.
    since = max([now, *(policy.effective_from for policy in known)])
    return Policy(effective_from=since, recorded_at=max([now, *(p.recorded_at for p in known)]),
                  duplicate_window=_whole(settings.duplicate_window),
                  max_shift=_whole(settings.max_shift), zone=settings.site_zone.key,
                  period_lock=settings.period_lock)


def _whole(length: timedelta) -> timedelta:
    return timedelta(seconds=round(length.total_seconds()))


def _same(one: Policy, other: Policy) -> bool:
    return replace(one, effective_from=other.effective_from, recorded_at=other.recorded_at) == other


def _let_count(unit: Unit) -> None:
    """Derive everybody again whose late punches a lifted lock lets count."""
    for person in unit.outcomes.people_with("after_lock"):
        late = {one.punch for one in unit.outcomes.of(person) if one.reason == "after_lock"}
        rederive(unit, person, min(one.at for one in unit.punches.of(person) if one.uuid in late))
