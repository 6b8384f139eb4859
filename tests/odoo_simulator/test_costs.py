"""What calls cost where a benchmark asks for it; time itself is not waited for here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backend.odoo_simulator import OdooSimulator
from backend.odoo_simulator.costs import Costs
from tests.odoo_simulator.conftest import Client


class Bill(list[float]):
    """What was charged, call by call, in seconds."""

    def of(self, act: Callable[[], Any]) -> float:
        """What `act` comes to, once nobody is new to the server any more."""
        del self[:]
        act()
        return sum(self)


@pytest.fixture
def bill() -> Bill:
    return Bill()


@pytest.fixture(params=[18, 19])
def dear(request: pytest.FixtureRequest, clock: Any, bill: Bill) -> Iterator[OdooSimulator]:
    # A thousandfold, so that the simulator's own time is lost in rounding.
    costs = Costs(request.param, scale=1000, sleep=lambda seconds: bill.append(seconds / 1000))
    with OdooSimulator(version=request.param, clock=clock, costs=costs) as odoo:
        yield odoo


@pytest.fixture
def client(dear: OdooSimulator, bill: Bill) -> Client:
    return Client(dear)


def rows(count: int, day: int = 2) -> list[list[Any]]:
    return [[f"x.r{day}_{number}", "3", f"2026-03-{day:02} {number // 60:02}:{number % 60:02}:00",
             f"2026-03-{day:02} {number // 60:02}:{number % 60:02}:30"] for number in range(count)]


def test_logging_in_costs_half_a_second_and_the_first_call_more(dear: Any, client: Client, bill: Bill) -> None:
    assert bill.of(lambda: client.service("common", "authenticate", dear.db, "bridge", "x", {})) == pytest.approx(
        0.47, abs=0.01)
    first, second = (bill.of(lambda: client("hr.employee", "search", [])) for _ in range(2))
    assert (first, second) == (pytest.approx(0.66, abs=0.01), pytest.approx(0.011, abs=0.01))


def test_one_by_one_is_dear_and_a_batch_cheap_as_measured(dear: Any, client: Client, bill: Bill) -> None:
    client("hr.employee", "search", [])
    vals = [{"employee_id": 3, "check_in": start, "check_out": end} for _, _, start, end in rows(100, day=3)]
    one = bill.of(lambda: client.attend(employee_id=4, check_in=vals[0]["check_in"], check_out=vals[0]["check_out"]))
    hundred = bill.of(lambda: client("hr.attendance", "create", vals))
    assert (one, hundred / 100) == {
        18: (pytest.approx(0.039, abs=0.001), pytest.approx(0.0086, abs=0.001)),
        19: (pytest.approx(0.056, abs=0.001), pytest.approx(0.0057, abs=0.001))}[dear.version]


def test_a_replay_costs_more_than_the_load(dear: Any, client: Client, bill: Bill) -> None:
    client("hr.employee", "search", [])
    new, again = (bill.of(lambda: client.load(rows(100))) for _ in range(2))
    assert (new / 100, again / 100) == {
        18: (pytest.approx(0.0103, abs=0.001), pytest.approx(0.0169, abs=0.001)),
        19: (pytest.approx(0.0052, abs=0.001), pytest.approx(0.0109, abs=0.001))}[dear.version]


def test_reading_is_charged_by_what_is_read(dear: Any, client: Client, bill: Bill) -> None:
    client("hr.employee", "search", [])
    fields = ["name", "barcode", "pin", "work_email", "work_phone", "mobile_phone", "department_id", "job_id",
              "job_title", "active", "write_date", "company_id"]
    cost = bill.of(lambda: client("hr.employee", "search_read", [], fields))
    assert cost == pytest.approx(0.011 + 28 * {18: 0.28, 19: 0.41}[dear.version] / 1000, abs=0.002)


def test_nothing_is_charged_unless_asked_for(odoo: OdooSimulator) -> None:
    assert odoo.services.costs is None
    switched_on = OdooSimulator(version=odoo.version, costs=True).services.costs
    assert switched_on is not None and switched_on.version == odoo.version
