"""derive: from one person's punches and corrections to sessions, without a look at anything else.

Late, repeated and out-of-order punches need no special case: the facts are put in order of
time (ties by uuid) and read once from the beginning. docs/attendance.md tells the rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice

from backend.attendance.corrections import Corrections, Stated
from backend.attendance.model import (
    Correction,
    Derived,
    Direction,
    Outcome,
    OutcomeKind,
    Policy,
    Punch,
    Session,
    Source,
    session_uuid,
)
from backend.attendance.policies import PolicyTable

AMENDABLE_SHIFTS = 2
"""An explicit `out` amends an assumed end up to this many MAX_SHIFT after the check-in. Past
that it is taken for a slip: Friday's `out` must not make Monday's shift four days long."""


def derive(punches: Iterable[Punch], corrections: Iterable[Correction],
           policies: Iterable[Policy], now: datetime) -> Derived:
    """Sessions and outcomes of ONE person, the same for any order of the arguments.

    `now` decides only whether a session without check-out is still open or closed by
    assumption. Raises ValueError where the facts are about several people, or without a policy.
    """
    facts, spoken = _first_received(punches), list(corrections)
    if len({fact.person for fact in [*facts, *spoken]}) > 1:
        raise ValueError("derive looks at one person at a time")
    table = PolicyTable(policies)
    said = Corrections(spoken)
    reader = _Reader(table)
    counting = []
    for punch in facts:
        if reason := _set_aside(punch, said, table):
            reader.outcomes.append(Outcome(punch=punch.uuid, outcome=reason[0], reason=reason[1]))
        else:
            counting.append(punch)
    stated = said.stated({punch.uuid for punch in counting})
    # At one instant HR's word comes first.
    steps = sorted([(punch.at, 1, punch.uuid, punch) for punch in counting]
                   + [(item.check_in, 0, item.correction.uuid, item) for item in stated],
                   key=lambda step: step[:3])
    for number, (at, _, _, step) in enumerate(steps, 1):
        reader.settle(at)
        if isinstance(step, Stated):
            reader.state(step)
        else:
            reader.read(step, (later[3] for later in islice(steps, number, None)))
    reader.settle(now, at_the_end=True)
    return Derived(tuple(reader.sessions), tuple(reader.outcomes))


def _first_received(punches: Iterable[Punch]) -> list[Punch]:
    """Each uuid once: the same uuid is the same punch, and the one received first is it."""
    unique: dict = {}
    for punch in sorted(punches, key=lambda p: (p.received_at, p.at)):
        unique.setdefault(punch.uuid, punch)
    return sorted(unique.values(), key=lambda p: (p.at, p.uuid))


def _set_aside(punch: Punch, said: Corrections, table: PolicyTable) -> tuple[OutcomeKind, str] | None:
    """Why a punch does not take part at all, or None where it does."""
    if (correction := said.cover(punch.at)) is not None:
        return OutcomeKind.refused, "voided" if correction.kind == "void" else "corrected"
    if punch.clock_suspect:
        return OutcomeKind.flagged, "clock_suspect"
    if table.came_after_lock(punch):
        return OutcomeKind.flagged, "after_lock"
    return None


class _Reader:
    """Reads facts in order of time; the last session in `sessions` may be open."""

    def __init__(self, table: PolicyTable) -> None:
        self.table = table
        self.sessions: list[Session] = []
        self.outcomes: list[Outcome] = []
        self._planned_end: datetime | None = None
        self._closer = None
        self._counted: tuple[datetime, Direction] | None = None

    @property
    def _last(self) -> Session | None:
        return self.sessions[-1] if self.sessions else None

    @property
    def _open(self) -> Session | None:
        last = self._last
        return last if last is not None and last.check_out is None else None

    def _deadline(self, session: Session) -> datetime:
        return session.check_in + self.table.at(session.check_in).max_shift

    def settle(self, now: datetime, *, at_the_end: bool = False) -> None:
        """Close what had to be closed before `now`: by HR's word, or by assumption.

        A punch exactly at the deadline still checks out; at the end of the facts there is none.
        """
        session = self._open
        if session is None:
            return
        if self._planned_end is not None:
            if self._planned_end <= now or at_the_end:
                # A window of HR's word would swallow the next check-in; only punches repeat.
                self._counted = None
                self._change(check_out=self._planned_end, closed_by=self._closer)
            return
        deadline = self._deadline(session)
        if deadline < now or (at_the_end and deadline == now):
            self._change(check_out=deadline, assumed=True, flags={"missing_check_out"})

    def state(self, item: Stated) -> None:
        """Open the session that HR stated, cutting short one that is in its way."""
        correction = item.correction
        if (standing := self._open) is not None:
            end = correction.start if correction.start > standing.check_in else item.check_in
            self._change(check_out=end, closed_by=correction.uuid, flags={"cut_by_correction"})
        self._begin(correction.person, item.check_in, item.opened_by, Source.correction,
                    flags=frozenset({"corrected"}))
        self._planned_end = item.check_out
        self._closer = correction.uuid
        self._counted = (item.check_in, Direction.in_)

    def read(self, punch: Punch, later: Iterable[Punch | Stated] = ()) -> None:
        """Say what one punch comes to, and change the state accordingly. `later` are the facts after it."""
        session, wish = self._last, punch.direction
        if self._repeats(punch):
            self._note(punch, OutcomeKind.duplicate, "within_window", session)
        elif self._open is not None:
            late = self.table.too_late_for(punch, session)
            if late:
                self._note(punch, OutcomeKind.flagged, "after_lock", session)
            elif wish is Direction.in_:
                self._change(flags={"contradiction"})
                self._note(punch, OutcomeKind.flagged, "already_in", session)
            else:
                self._check_out(punch, "closes")
        elif wish is Direction.out:
            self._out_while_out(punch, session)
        elif session is not None and self._robs(session, punch, later):
            self._note(punch, OutcomeKind.flagged, "after_lock", session)
        else:
            self._begin(punch.person, punch.at, punch.uuid, punch.source, punch=punch,
                        flags=frozenset({"clock_skew"} if punch.claimed_at else ()))
            self._counted = (punch.at, Direction.in_)
            self._note(punch, OutcomeKind.check_in, "opens", self._last)

    def _repeats(self, punch: Punch) -> bool:
        if self._counted is None:
            return False
        at, direction = self._counted
        return (punch.at - at <= self.table.at(punch.at).duplicate_window
                and punch.direction in (Direction.auto, direction))

    def _robs(self, session: Session, punch: Punch, later: Iterable[Punch | Stated]) -> bool:
        """Whether a session that began with `punch` would take from `session`, whose day was frozen when
        the punch came, the `out` that amends its assumed end: the next fact that had come in time."""
        if not session.assumed or not self.table.too_late_for(punch, session):
            return False
        for fact in later:
            if isinstance(fact, Stated):
                return False
            if not (self.table.too_late_for(fact, session) or self._repeats(fact)):
                return fact.direction is Direction.out and self._amends(fact, session)
        return False

    def _amends(self, punch: Punch, session: Session) -> bool:
        """Whether an `out` is near enough to the check-in to amend an assumed end."""
        return punch.at - session.check_in <= self.table.at(session.check_in).max_shift * AMENDABLE_SHIFTS

    def _out_while_out(self, punch: Punch, session: Session | None) -> None:
        if session is None or not session.assumed:
            self._note(punch, OutcomeKind.flagged, "not_in", None)
            return
        if not self._amends(punch, session):
            self._note(punch, OutcomeKind.flagged, "not_in", None)
        elif self.table.too_late_for(punch, session):
            self._note(punch, OutcomeKind.flagged, "after_lock", session)
        else:
            self.sessions[-1] = replace(session, flags=session.flags - {"missing_check_out"})
            self._check_out(punch, "amends_assumed_end", flags={"amended_check_out"})

    def _check_out(self, punch: Punch, reason: str, flags: set[str] | None = None) -> None:
        skew = {"clock_skew"} if punch.claimed_at else set()
        self._change(check_out=punch.at, assumed=False, closed_by=punch.uuid,
                     flags=(flags or set()) | skew)
        self._counted = (punch.at, Direction.out)
        self._note(punch, OutcomeKind.check_out, reason, self._last)

    def _begin(self, person, at, opened_by, source, *, flags, punch: Punch | None = None) -> None:
        policy = self.table.at(at)
        self._planned_end = self._closer = None
        self.sessions.append(Session(
            uuid=session_uuid(person, opened_by), person=person, check_in=at, check_out=None,
            assumed=False, flags=flags, day=policy.day(at), zone=policy.zone, source=source,
            device=punch.device if punch else None,
            confidence=punch.confidence if punch else None,
            distance=punch.distance if punch else None, opened_by=opened_by, closed_by=None))

    def _change(self, *, flags: set[str] | None = None, **fields) -> None:
        last = self.sessions[-1]
        self.sessions[-1] = replace(last, flags=last.flags | (flags or set()), **fields)

    def _note(self, punch: Punch, outcome: OutcomeKind, reason: str, session: Session | None) -> None:
        self.outcomes.append(Outcome(punch=punch.uuid, outcome=outcome, reason=reason,
                                     session=session.uuid if session else None))
