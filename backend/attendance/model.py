"""What the rules speak of: punches, corrections and policies in; sessions and outcomes out.

Every value is frozen, every instant aware and in UTC with whole seconds, so that equal facts
are equal objects wherever they come from. A wrong value raises ValueError at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from backend.clock import require_aware, whole_seconds


class Direction(StrEnum):
    """What the person meant; `auto` leaves it to the rules."""

    auto = "auto"
    in_ = "in"
    out = "out"


class Source(StrEnum):
    """How the punch, or the session's beginning, came about."""

    face = "face"
    pin = "pin"
    badge = "badge"
    manual = "manual"
    import_ = "import"
    correction = "correction"


class OutcomeKind(StrEnum):
    """What became of a punch: `flagged` waits for HR, `refused` was set aside by HR."""

    check_in = "check_in"
    check_out = "check_out"
    duplicate = "duplicate"
    flagged = "flagged"
    refused = "refused"


@dataclass(frozen=True, kw_only=True)
class Punch:
    """An immutable fact: this person, at this instant, on this device.

    `distance` is on the unit scale (0 to 2), `confidence` and `liveness` are shares of one;
    all three are None where no face was looked at. `claimed_at` is what the device's clock
    said where that was a little ahead of ours and `at` was clamped; `clock_suspect` marks a
    time too far off to be believed, which counts only once HR has spoken.
    """

    uuid: UUID
    person: UUID
    at: datetime
    received_at: datetime
    device: str | None = None
    source: Source = Source.manual
    direction: Direction = Direction.auto
    confidence: float | None = None
    distance: float | None = None
    liveness: float | None = None
    clock_suspect: bool = False
    claimed_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", whole_seconds(self.at))
        object.__setattr__(self, "received_at", require_aware(self.received_at))
        if self.claimed_at is not None:
            object.__setattr__(self, "claimed_at", whole_seconds(self.claimed_at))
        object.__setattr__(self, "source", Source(self.source))
        object.__setattr__(self, "direction", Direction(self.direction))


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What HR says about a person and the half-open interval [start, end).

    Inside the interval punches do not count. `replace` puts one session in their place, from
    `check_in` to `check_out` (None: still open, a punch after `end` closes it); `void` puts
    nothing there. Where two corrections meet, the one made later is right. `opened_by` names
    the punch or correction whose session is restated, so that its row keeps its number; None
    makes a session of its own. `source` is "hr" or "odoo".
    """

    uuid: UUID
    person: UUID
    start: datetime
    end: datetime
    kind: str
    check_in: datetime | None = None
    check_out: datetime | None = None
    source: str = "hr"
    author: str
    reason: str
    created_at: datetime
    opened_by: UUID | None = None

    def __post_init__(self) -> None:
        for name in ("start", "end", "check_in", "check_out"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, whole_seconds(value))
        object.__setattr__(self, "created_at", require_aware(self.created_at))
        if self.kind not in ("replace", "void"):
            raise ValueError(f"a correction is replace or void, not {self.kind!r}")
        if self.source not in ("hr", "odoo"):
            raise ValueError(f"a correction comes from hr or odoo, not {self.source!r}")
        if self.start >= self.end:
            raise ValueError("a correction's interval ends after it starts")
        if self.kind == "void":
            if self.check_in is not None or self.check_out is not None:
                raise ValueError("a void has neither check-in nor check-out")
        elif self.check_in is None or not self.start <= self.check_in < self.end:
            raise ValueError("a correction's check-in lies in its interval")
        elif self.check_out is not None and not self.check_in <= self.check_out <= self.end:
            raise ValueError("a correction's check-out lies in its interval, after the check-in")

    def covers(self, moment: datetime) -> bool:
        """Whether the instant lies in the half-open interval."""
        return self.start <= moment < self.end


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The settings that the rules go by, from `effective_from` on until the next policy.

    `zone` is an IANA name; `period_lock` is the first day that is not frozen. Policies are
    appended, never changed, so that a new setting does not rewrite last year.
    """

    effective_from: datetime
    duplicate_window: timedelta
    max_shift: timedelta
    zone: str
    period_lock: date | None = None
    recorded_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "effective_from", require_aware(self.effective_from))
        object.__setattr__(self, "recorded_at", require_aware(self.recorded_at))
        if self.max_shift <= timedelta(0) or self.duplicate_window < timedelta(0):
            raise ValueError("a shift has a length, and a window is not negative")
        ZoneInfo(self.zone)

    def day(self, moment: datetime) -> date:
        """The calendar day of an instant in the policy's zone."""
        return moment.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, kw_only=True)
class Session:
    """One check-in with its check-out; `check_out` is None while the person is in.

    `assumed`: nobody checked out, and the end is MAX_SHIFT after the check-in. `day` and
    `zone` were settled at check-in. `confidence`, `distance` and `device` are those of the
    punch that opened it. Flags: missing_check_out (assumed), amended_check_out (a later `out`
    moved the assumed end), contradiction (an `in` while in), clock_skew, corrected,
    cut_by_correction.
    """

    uuid: UUID
    person: UUID
    check_in: datetime
    check_out: datetime | None
    assumed: bool
    flags: frozenset[str]
    day: date
    zone: str
    source: Source
    device: str | None
    confidence: float | None
    distance: float | None
    opened_by: UUID
    closed_by: UUID | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a punch came to and why; `session` is the session that it concerns, if any."""

    punch: UUID
    outcome: OutcomeKind
    reason: str
    session: UUID | None = None


@dataclass(frozen=True)
class Derived:
    """Everything that follows from one person's facts: sessions in order of time, and an
    outcome for each punch, in the order in which the punches were looked at."""

    sessions: tuple[Session, ...]
    outcomes: tuple[Outcome, ...]


def session_uuid(person: UUID, opened_by: UUID) -> UUID:
    """The identity of the session that this punch or correction opens."""
    return uuid5(person, str(opened_by))
