"""What the parts of a push share: where rows are kept, whose they are, what came of them."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NoReturn
from uuid import UUID

from backend.errors import Conflict
from backend.odoo import attendances
from backend.odoo.attendances import Held
from backend.odoo.bridge import unclear
from backend.odoo.bridge.plan import Action, Line
from backend.odoo.bridge.push_tally import Tally
from backend.odoo.client import OdooClient
from backend.odoo.connector import OdooConnector
from backend.odoo.errors import OdooBusy, OdooError, OdooForbidden, OdooServerFault, OdooTimeout, OdooUnreachable
from backend.store import Store
from backend.store.unit import Unit

TakeOver = Callable[[Unit, int, Held], None]
"""Makes what Odoo holds of an attendance row a correction here, in the unit; raises FaceAttendanceError
where that cannot be, and then the unit must not be kept."""
MOST_TRIES = 3
"""Times that a row goes out which Odoo refuses for no reason that can be found."""
MOST_FAULTY = 20
"""Times that a row goes out at which Odoo itself fails: that is hardly the row's fault, and half a day
is enough for somebody to mend an Odoo."""
_LONGEST_WAIT = timedelta(minutes=1)
_UNEXPLAINED_WAIT = timedelta(seconds=10)
_FAULTY_WAIT = timedelta(hours=1)
_TOO_MUCH = (OdooTimeout.code, OdooUnreachable.code, OdooBusy.code, OdooServerFault.code)


class ClaimLost(Conflict):
    """We were silent for so long that somebody else took these people's rows."""

    code = "sync_claim_lost"


@dataclass
class Context:
    """One push. `alive` is called after each call to Odoo, and may raise to end it; `lease` is how
    long a claim stands without a sign of life, and how long a lost request may be on its way."""

    connector: OdooConnector
    store: Store
    connection_id: int
    owner: str
    lease: timedelta
    tally: Tally
    push_assumed: bool
    dry_run: bool
    alive: Callable[[], None]
    take_over: TakeOver | None
    claimed: set[UUID] = field(default_factory=set)
    taken: list[Line] = field(default_factory=list)
    """Whose edit by HR was taken over, and of which is still to be told whether Odoo holds them as they are
    here by now: a change made here meanwhile may have to go there."""
    gone: set[int] = field(default_factory=set)
    """Attendance ids of which Odoo was found to hold nothing any more, or would hold nothing."""
    _failures: list[tuple[Line, float]] = field(default_factory=list)
    _renewed: float = field(default_factory=time.monotonic)

    @property
    def client(self) -> OdooClient:
        return self.connector.client

    # The store -----------------------------------------------------------------------------

    def mine(self, unit: Unit, some: Iterable[Line]) -> list[Line]:
        """Those of these lines whose people are with us still: others may know better by now."""
        held = unit.claims.held(self.owner, self.connection_id)
        return [line for line in some if line.record.person in held]

    def claim(self, people: Iterable[UUID]) -> set[UUID]:
        with self.store.write() as unit:
            taken = unit.claims.take(people, self.owner, self.lease, self.connection_id)
        self.claimed |= taken
        self._renewed = time.monotonic()
        return taken

    def hand_over(self) -> list[Line]:
        """What was taken over since this was last asked."""
        taken, self.taken = self.taken, []
        return taken

    def release(self) -> None:
        self.taken.clear()
        with self.store.unguarded().write() as unit:
            unit.claims.release(self.owner, self.connection_id)
        self.claimed.clear()

    def sign(self) -> None:
        """A sign of life, after each call to Odoo; raises where the run or a claim was lost."""
        self.alive()
        if self.claimed and time.monotonic() - self._renewed > self.lease.total_seconds() / 6:
            self._renewed = time.monotonic()
            with self.store.write() as unit:
                held = unit.claims.renew(self.owner, self.lease, self.connection_id)
            if self.claimed - held:
                self.lost()

    def lost(self) -> NoReturn:
        raise ClaimLost("Another push took these people's rows, because this one was silent for "
                        "too long. What is not done yet is done by it.")

    # Odoo ----------------------------------------------------------------------------------

    def read(self, odoo_ids: Iterable[int | None]) -> tuple[dict[int, Held], dict[int, OdooForbidden]]:
        """Rows by id, those that are gone left out, and those that we may not see."""
        return attendances.read_seen(
            self.client, [odoo_id for odoo_id in odoo_ids if odoo_id is not None], self.connector.page,
            alive=self.sign, refused=self.ask_rights)

    def ask_rights(self) -> None:
        """Ask whether we may write attendance at all; OdooMissingRights where not. Each time: what was
        so a moment ago may have changed, and a row would be blamed for it."""
        self.connector.require_attendance()

    # Outcomes ------------------------------------------------------------------------------

    def confirm(self, some: Sequence[tuple[Line, Held]]) -> None:
        """Note what Odoo holds now; that is what the next push compares with."""
        if self.dry_run or not some:
            return
        held = {line.record.id: now for line, now in some}
        with self.store.write() as unit:
            mine = self.mine(unit, [line for line, _ in some])
            for line in mine:
                now = held[line.record.id]
                line.confirmed = replace(
                    line.confirmed, odoo_id=now.odoo_id, odoo_employee_id=now.employee_id,
                    check_in=now.check_in, check_out=now.check_out, write_date=now.write_date,
                    state="synced", error=None, error_code=None)
            self._settle(unit, mine)

    def removed(self, some: Iterable[Line]) -> None:
        """Note that Odoo holds nothing of these any more."""
        some = list(some)
        self.gone |= {line.record.id for line in some}
        if self.dry_run or not some:
            return
        with self.store.write() as unit:
            mine = self.mine(unit, some)
            for line in mine:
                line.confirmed = replace(
                    line.confirmed, state="removed", write_date=None, error=None, error_code=None,
                    sent=tuple(one for one in line.confirmed.sent if not one.get("removed")))
            self._settle(unit, mine)

    def _settle(self, unit: Unit, some: Sequence[Line]) -> None:
        """Keep the rows, take them out of the outbox, and have those read again later of which
        something that was sent may turn up yet; not where that has just been done."""
        now = unit.now()
        for line in some:
            line.confirmed = replace(line.confirmed, sent=unclear.fresh(line.confirmed.sent, now))
        unit.odoo.save(*(line.confirmed for line in some))
        unit.outbox.done_many([(line.record.id, line.record.version) for line in some], self.connection_id)
        for line in some:
            if line.sent_now or not line.verify:
                again = bool(line.confirmed.sent)
            else:
                again = unclear.may_turn_up(line.confirmed.sent, now, self.lease)
            if again:
                unit.outbox.verify(line.record.person, line.record.id, line.record.version, now + self.lease,
                                   self.connection_id)

    def again(self, line: Line, now: Held) -> None:
        """Odoo holds something else that we sent, a late request of ours: the next push mends it."""
        with self.store.write() as unit:
            for one in self.mine(unit, [line]):
                one.confirmed = replace(
                    one.confirmed, odoo_id=now.odoo_id, odoo_employee_id=now.employee_id,
                    check_in=now.check_in, check_out=now.check_out, state="pending")
                unit.odoo.save(one.confirmed)
                unit.outbox.queue(one.record.person, [one.record.id])

    def done(self, some: Sequence[Line]) -> None:
        """Take rows out of the outbox that are in Odoo as they should be, as far as we know; what
        may turn up yet is looked for later."""
        queued = [line for line in some if line.queued is not None and (line.queued.kind == "change" or line.verify)]
        if queued and not self.dry_run:
            with self.store.write() as unit:
                mine = self.mine(unit, queued)
                unit.outbox.done_many([(line.record.id, line.record.version) for line in mine], self.connection_id)
                unit.odoo.save(*(line.confirmed for line in mine
                                 if line.action is Action.gone and line.confirmed.odoo_id is not None))
                for line in mine:
                    if line.action is Action.keep and line.confirmed.sent:
                        unit.outbox.verify(line.record.person, line.record.id, line.record.version,
                                           unit.now() + self.lease, self.connection_id)

    def fail(self, line: Line, text: str, code: str, state: str = "failed", *, plain: bool = False,
             explained: bool = True, waits: bool = False) -> None:
        """Report a row with its reason and set it aside; the others go on. A refusal that nothing
        explains may have been an accident of the moment, and gets further chances; a row that `waits`
        for another one gets as many as that takes."""
        reason = self.tally.fail(line, text, code, plain=plain)
        line.confirmed = replace(line.confirmed, state=state, error=reason, error_code=code)
        tries = MOST_FAULTY if code == OdooServerFault.code else MOST_TRIES
        self._failures.append((line, math.inf if waits else 0 if explained else tries))

    def why_standing(self, line: Line) -> tuple[str | None, str | None, bool]:
        """Of the earlier row of this session, which Odoo still holds and which is to be removed: what was said of
        that, the code, and whether it waits for somebody now. Nothing waits for what nobody does."""
        attendance_id = line.earlier
        assert attendance_id is not None
        for failed, most in self._failures:
            if failed.record.id == attendance_id:
                return failed.confirmed.error, failed.confirmed.error_code, _has_to_wait(failed, most)
        with self.store.read() as unit:
            row = unit.odoo.get(attendance_id, self.connection_id)
            queued = unit.outbox.get(attendance_id, self.connection_id)
        if queued is None and not self.dry_run:
            with self.store.write() as unit:
                unit.outbox.queue(line.record.person, [attendance_id])
        parked = queued is not None and queued.state == "parked"
        return (row.error, row.error_code, parked) if row is not None else (None, None, parked)

    def flush(self) -> None:
        """Write the failures gathered so far, in one unit."""
        failures, self._failures = self._failures, []
        if self.dry_run or not failures:
            return
        with self.store.write() as unit:
            mine = {line.record.id for line in self.mine(unit, [line for line, _ in failures])}
            for line, most in failures:
                if line.record.id in mine:
                    unit.odoo.save(line.confirmed)
                    self._set_aside(unit, line, most)

    def _set_aside(self, unit: Unit, line: Line, most: float) -> None:
        record, tries, now = line.record, _tries(line), unit.now()
        about = (str(line.confirmed.error), str(line.confirmed.error_code), self.connection_id)
        if line.confirmed.state == "deleted" and not line.verify and line.confirmed.sent:
            unit.outbox.done(record.id, record.version, self.connection_id)
            unit.outbox.verify(record.person, record.id, record.version, now + self.lease, self.connection_id)
            return
        if _has_to_wait(line, most):
            unit.outbox.park(record.person, record.id, record.version, *about)
        else:
            delay = min(_FAULTY_WAIT, _UNEXPLAINED_WAIT * 3 ** min(tries - 1, 10))
            unit.outbox.later(record.id, record.version, now + delay, tries, *about)

    def postpone(self, some: Sequence[Line], error: OdooError) -> None:
        """Let rows of a call that broke off wait a little longer each time; others go on."""
        if not some or self.dry_run:
            return
        with self.store.write() as unit:
            for line in self.mine(unit, some):
                tries = _tries(line)
                unit.outbox.later(line.record.id, line.record.version, unit.now() + wait(tries), tries,
                                  str(error), error.code, self.connection_id)


def _tries(line: Line) -> int:
    return (line.queued.attempts if line.queued else 0) + 1


def _has_to_wait(line: Line, most: float) -> bool:
    """Whether a row that failed is for somebody to see to, who has tried `most` times at most."""
    return line.queued is None or line.queued.state == "parked" or _tries(line) >= most


def wait(tries: int) -> timedelta:
    """Growing, and never the same for two: they shall not all come back at once."""
    return min(_LONGEST_WAIT, timedelta(seconds=2 ** min(tries, 10))) * random.uniform(0.5, 1.0)


def timed_out(line: Line) -> int:
    """How many times in a row the row was in a call that took too long, or that Odoo failed at. Where
    Odoo's own time for a call is up, it closes the connection, and a proxy says 504."""
    queued = line.queued
    failed = queued is not None and queued.error_code in _TOO_MUCH
    return queued.attempts if failed and queued is not None else 0

