"""Any order of punches, corrections, pushes, HR's own edits, outages and lost answers.

Hypothesis looks for the shortest story that breaks a promise: HR's deletions stay, HR's edits
are taken over and never overwritten, no session has two rows, no two rows of ours overlap.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.errors import FaceAttendanceError
from backend.odoo.bridge import unclear
from backend.odoo_simulator import DropConnection
from backend.odoo_simulator.errors import OdooError as SimulatedError
from backend.odoo_simulator.fields import DATETIME_FORMAT
from backend.odoo_simulator.hooks import Call
from backend.store.records import AttendanceRecord
from tests.faults import place, sabotage
from tests.faults.hr import in_the_way
from tests.faults.place import Place
from tests.faults.targets import Row, Simulated
from tests.faults.verdict import Hands, judge

PEOPLE = 2
EXAMPLES = 12
PATIENCE = 60.0
"""The bridge's time-out: a late request arrives within some of these, as the clock goes here."""
_CHANGES = ("load", "write", "unlink", "create")
start = datetime(2026, 3, 2, 6, tzinfo=UTC)


class Clock:
    """Moves only when the story says so."""

    def __init__(self) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh database, made once: migrating takes longer than a story."""
    folder = tmp_path_factory.mktemp("machine")
    build(Place(folder, PATIENCE, 10).settings(), Clock()).store.close()
    return folder


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module, name in place.WAITS:
        monkeypatch.setattr(module, name, getattr(module, name))
    place.hurry()
    yield


class Company(RuleBasedStateMachine):
    """Two people, one Odoo, one bridge."""

    template: Path
    combination = ("xmlrpc", 18)

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="machine-"))
        shutil.copytree(self.template, self.folder, dirs_exist_ok=True)
        self.clock = Clock()
        self.target = Simulated(PEOPLE, self.combination[1], self.combination[0])
        self.server = self.target.server
        self.hands = Hands()
        self.late: list[Call] = []
        self.lost: list[str] = []
        self.punches = 0

    @initialize(batch=st.sampled_from([1, 2, 50]), retries=st.sampled_from([0, 2]), linked=st.booleans())
    def open_for_business(self, batch: int, retries: int, linked: bool) -> None:
        chosen = Place(self.folder, PATIENCE, batch, retries).settings()
        self.system = AttendanceSystem(parts=build(chosen, self.clock))
        with self.system.store.write() as unit:
            for badge, odoo_id in self.target.employees.items():
                link = {"connection_id": 1, "odoo_id": odoo_id} if linked else {}
                unit.people.add(badge, f"Person {badge}", **link)
            unit.connections.remember(1, since=place.FIRST_DAY.isoformat())
        self.system.odoo.save_config(**self.target.credentials(self.target.url))
        self.system.odoo.connector().connect()
        self.server.hooks.before.append(self._lose_request)
        self.server.hooks.after.append(self._lose_answer)

    def teardown(self) -> None:
        try:
            if hasattr(self, "system"):
                self.nothing_fails_any_more()
        finally:
            if hasattr(self, "system"):
                self.system.close()
            self.target.close()
            shutil.rmtree(self.folder)

    # What people do ------------------------------------------------------------------------

    @rule(person=st.integers(1, PEOPLE), minutes=st.integers(6, 300), late=st.sampled_from([0, 0, 0, 90]),
          way=st.sampled_from(["auto", "auto", "in", "out"]))
    def somebody_punches(self, person: int, minutes: int, late: int, way: str) -> None:
        self._let_pass(minutes)
        self.punches += 1
        self.system.attendance.mark(f"P{person:04}", self.clock.now - timedelta(minutes=late, seconds=self.punches),
                                    way, uuid=UUID(int=self.punches, version=4))

    @precondition(lambda self: self._rows())
    @rule(which=st.integers(0, 9), earlier=st.integers(-40, 40), later=st.integers(-40, 40))
    def a_row_is_corrected_here(self, which: int, earlier: int, later: int) -> None:
        row = _one(self._rows(), which)
        wanted = {"check_in": row.check_in - timedelta(minutes=earlier)}
        if row.check_out is not None:
            wanted["check_out"] = row.check_out + timedelta(minutes=later)
        self._try(lambda: self.system.attendance.correct(row.id, reason="as agreed", by="hr", **wanted))

    @precondition(lambda self: self._rows())
    @rule(which=st.integers(0, 9))
    def a_row_is_voided_here(self, which: int) -> None:
        row = _one(self._rows(), which)
        self._try(lambda: self.system.attendance.void(row.id, reason="not there", by="hr"))

    # What the bridge does ------------------------------------------------------------------

    @rule(by_hand=st.booleans(), calls=st.integers(1, 3),
          line=st.sampled_from(["fair", "fair", "answer", "answer", "late", "request", "away"]))
    def the_bridge_pushes(self, by_hand: bool, line: str, calls: int) -> None:
        """The first calls that change something meet what `line` says; `away` is nobody there."""
        self.lost = [line] * calls if line in ("answer", "late", "request") else []
        if line == "away":
            self.server.stop()
        (place.by_range if by_hand else place.by_delivery)(self.system)
        if line == "away":
            self.server.start()
        self.lost = []
        self.clock.now += timedelta(seconds=1)

    @rule()
    def the_bridge_looks_what_hr_did(self) -> None:
        place.by_pull(self.system)

    @precondition(lambda self: self.late)
    @rule()
    def a_late_request_arrives(self) -> None:
        call = self.late.pop(0)
        with suppress(SimulatedError):  # the row may be gone, and nobody waits for the answer
            self.server.run_as("bridge", str(call.model), str(call.model_method), *call.args, **call.kwargs)

    @rule(minutes=st.sampled_from([1, 3, 30]))
    def time_passes(self, minutes: int) -> None:
        self._let_pass(minutes)

    # What HR does in Odoo ------------------------------------------------------------------

    @precondition(lambda self: self._confirmed())
    @rule(which=st.integers(0, 9), seconds=st.integers(1, 240), here_too=st.booleans())
    def hr_edits_a_row(self, which: int, seconds: int, here_too: bool) -> None:
        row = _one(self._confirmed(), which)
        end = row.check_out - timedelta(seconds=seconds) if row.check_out else row.check_in + timedelta(
            seconds=seconds)
        if not row.check_in < end <= self.clock.now:
            return
        if not in_the_way(self.system, self._badge(row), row, row.check_in, end):
            self._edit(row, end)
            self._change_here(row, here_too)

    def _edit(self, row: Row, end: datetime) -> None:
        self.server.run_as("admin", "hr.attendance", "write", [row.odoo_id],
                           {"check_out": end.strftime(DATETIME_FORMAT)})
        self.hands.edited[str(row.session)] = (row, Row(
            row.odoo_id, row.employee_id, row.check_in, end.replace(microsecond=0), row.session))

    @precondition(lambda self: self._confirmed())
    @rule(which=st.integers(0, 9), here_too=st.booleans())
    def hr_deletes_a_row(self, which: int, here_too: bool) -> None:
        row = _one(self._confirmed(), which)
        self.server.run_as("admin", "hr.attendance", "unlink", [row.odoo_id])
        self.hands.deleted.add(str(row.session))
        self._change_here(row, here_too)

    @precondition(lambda self: len(self.hands.foreign) < 3)
    @rule(person=st.integers(1, PEOPLE))
    def hr_enters_a_row_of_its_own(self, person: int) -> None:
        begin = start - timedelta(days=300 + len(self.hands.foreign))
        employee, end = self.target.employees[f"P{person:04}"], begin + timedelta(hours=1)
        odoo_id = self.server.run_as("admin", "hr.attendance", "create", {
            "employee_id": employee, "check_in": begin.strftime(DATETIME_FORMAT),
            "check_out": end.strftime(DATETIME_FORMAT)})
        self.hands.foreign[odoo_id] = Row(odoo_id, employee, begin, end, None)

    # What must always hold -----------------------------------------------------------------

    @invariant()
    def what_hr_did_stands(self) -> None:
        rows = {row.session: row for row in self.target.rows() if row.session}
        assert not self.hands.deleted & rows.keys(), "HR deleted it, and it is back"
        for session, (_, left) in self.hands.edited.items():
            now = rows.get(session)
            assert now is not None and now.check_out == left.check_out, (
                f"HR left {left.span}, and now it is {now.span if now else 'gone'}")

    @invariant()
    def no_session_has_two_rows(self) -> None:
        ours = [row.session for row in self.target.rows() if row.odoo_id not in self.hands.foreign]
        assert None not in ours, "a row without our external id that HR did not enter"
        assert len(ours) == len(set(ours))

    def nothing_fails_any_more(self) -> None:
        """The end of every story: one row a session, to the second."""
        self.lost = []
        while self.late:
            self.a_late_request_arrives()
        for turn in range(6):
            if turn == 3:
                self.system.odoo.pull()
            tries = 0
            while place.by_delivery(self.system):
                tries += 1
                assert tries < 30, "nothing fails any more, and pushing does not come to an end"
            self.clock.now += timedelta(minutes=10)
        self.what_hr_did_stands()
        faults = judge(self.system, self.target.rows(), self.target.employees, self.hands)
        assert not faults, "\n".join(fault.text for fault in faults)

    # Inside --------------------------------------------------------------------------------

    def _rows(self) -> list[AttendanceRecord]:
        """Rows in force that HR has not laid hands on."""
        if not hasattr(self, "system"):
            return []
        found, _ = self.system.attendance.list(oldest_first=True)
        return [row for row in found if str(row.uuid) not in self.hands.edited.keys() | self.hands.deleted]

    def _confirmed(self) -> list[Row]:
        """Rows of ours in Odoo that it confirmed, untouched by HR; while requests are on their
        way, nobody could tell HR's edit from theirs."""
        if not hasattr(self, "system") or self.late:
            return []
        with self.system.store.read() as unit:
            found = []
            for row in self.target.rows():
                known = unit.odoo.by_odoo_id(row.odoo_id)
                touched = row.session in self.hands.edited or row.session in self.hands.deleted
                if row.session and not touched and known is not None and known.state == "synced":
                    found.append(row)
            return found

    def _badge(self, row: Row) -> str:
        return next(badge for badge, odoo_id in self.target.employees.items() if odoo_id == row.employee_id)

    def _change_here(self, row: Row, really: bool) -> None:
        """The session is corrected here, too, before the bridge has seen what HR did."""
        with self.system.store.read() as unit:
            own = unit.attendance.by_session(UUID(str(row.session)))
        if really and own is not None and own.superseded_at is None:
            self._try(lambda: self.system.attendance.correct(
                own.id, check_in=own.check_in + timedelta(seconds=1), reason="meanwhile", by="hr"))

    def _let_pass(self, minutes: int) -> None:
        """What is on its way arrives within the time that the bridge allows for it."""
        while self.late:
            self.a_late_request_arrives()
        self.clock.now += timedelta(minutes=minutes)

    def _try(self, work) -> None:
        with suppress(FaceAttendanceError):  # our own rules forbid it, and nothing was changed
            work()

    def _lose_request(self, call: Call) -> None:
        if not call.number or not self.lost or call.model_method not in _CHANGES or self.lost[0] == "answer":
            return
        if self.lost.pop(0) == "late":
            self.late.append(call)
        raise DropConnection

    def _lose_answer(self, call: Call) -> None:
        if call.number and self.lost and call.model_method in _CHANGES and self.lost[0] == "answer":
            self.lost.pop(0)
            raise DropConnection


def _one(some: list, which: int):
    return some[which % len(some)]


@pytest.mark.parametrize("combination", [("xmlrpc", 18), ("json2", 19)], ids=["xmlrpc-18", "json2-19"])
def test_whatever_the_order(template: Path, hurried: None, combination: tuple[str, int]) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    machine = type("Company", (Company,), {"template": template, "combination": combination})
    run_state_machine_as_test(machine, settings=settings(
        max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck),
        database=None))


@pytest.fixture
def company(template: Path, hurried: None) -> Iterator[Company]:
    made = type("Company", (Company,), {"template": template})()
    made.open_for_business(batch=50, retries=0, linked=True)
    yield made
    made.system.close()
    made.target.close()
    shutil.rmtree(made.folder)


def a_change_without_an_answer_and_another_one(company: Company) -> None:
    company.somebody_punches(person=1, minutes=10, late=0, way="in")
    company.the_bridge_pushes(by_hand=False, line="fair", calls=1)
    company.somebody_punches(person=1, minutes=100, late=0, way="out")
    company.the_bridge_pushes(by_hand=False, line="answer", calls=3)
    company.a_row_is_corrected_here(which=0, earlier=10, later=-5)


def test_our_own_change_is_known_again_although_its_answer_was_lost(company: Company) -> None:
    a_change_without_an_answer_and_another_one(company)
    company.nothing_fails_any_more()


def test_a_bridge_that_forgets_what_it_sent_is_caught(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unclear, "fresh", unclear.fresh)
    monkeypatch.setattr(unclear, "spans", unclear.spans)
    sabotage.forget_sent()
    a_change_without_an_answer_and_another_one(company)
    with pytest.raises(AssertionError, match="taken for HR's edit"):
        company.nothing_fails_any_more()
