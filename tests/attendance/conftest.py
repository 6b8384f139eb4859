"""One person's day, written shortly: `punch("08:00")`, `policy(...)`, `times(derived)`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4, uuid5

import pytest

from backend.attendance import Correction, Derived, Policy, Punch
from backend.attendance.derive import derive

ALICE = UUID("a11ce000-0000-4000-8000-000000000000")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def moment(text: str) -> datetime:
    """`HH:MM[:SS]` on Monday 2 March 2026, or `MM-DD HH:MM`, in UTC."""
    day, _, clock = text.rpartition(" ")
    return datetime.fromisoformat(f"2026-{day or '03-02'}T{clock}+00:00")


class Case:
    """Facts about Alice, and what follows from them."""

    def __init__(self) -> None:
        self.punches: list[Punch] = []
        self.corrections: list[Correction] = []
        self.policies = [self.policy()]

    @staticmethod
    def policy(since: datetime = LONG_AGO, *, window: float = 5, shift: float = 16,
               zone: str = "UTC", lock: date | None = None, recorded: datetime | None = None) -> Policy:
        return Policy(effective_from=since, duplicate_window=timedelta(minutes=window),
                      max_shift=timedelta(hours=shift), zone=zone, period_lock=lock,
                      recorded_at=recorded or since)

    def punch(self, at: str, direction: str = "auto", received: str | None = None, **more) -> Punch:
        made = Punch(uuid=more.pop("uuid", uuid4()), person=ALICE, at=moment(at),
                     received_at=moment(received or at), direction=direction, **more)
        self.punches.append(made)
        return made

    def replace(self, start: str, end: str, check_in: str, check_out: str | None = None, *,
                made: str = "06-01 12:00", opened_by: UUID | None = None) -> Correction:
        return self._correct(start, end, made, kind="replace", check_in=moment(check_in),
                             check_out=moment(check_out) if check_out else None, opened_by=opened_by)

    def void(self, start: str, end: str, *, made: str = "06-01 12:00") -> Correction:
        return self._correct(start, end, made, kind="void")

    def _correct(self, start: str, end: str, made: str, **more) -> Correction:
        correction = Correction(uuid=uuid4(), person=ALICE, start=moment(start), end=moment(end),
                                author="hr", reason="asked", created_at=moment(made), **more)
        self.corrections.append(correction)
        return correction

    def derive(self, now: str = "06-01 12:00") -> Derived:
        return derive(self.punches, self.corrections, self.policies, moment(now))

    def times(self, now: str = "06-01 12:00") -> list[tuple[str, str | None]]:
        """The sessions as pairs of `MM-DD HH:MM`."""
        def shown(at: datetime | None) -> str | None:
            return at.strftime("%m-%d %H:%M") if at else None

        return [(shown(s.check_in), shown(s.check_out)) for s in self.derive(now).sessions]

    def outcomes(self, now: str = "06-01 12:00") -> list[tuple[str, str]]:
        """Outcome and reason of each punch, in the order in which they were added."""
        found = {o.punch: (str(o.outcome), o.reason) for o in self.derive(now).outcomes}
        return [found[punch.uuid] for punch in self.punches]


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def session_of():
    """The uuid of the session that a punch or correction of Alice opens."""
    return lambda opener: uuid5(ALICE, str(opener.uuid))
