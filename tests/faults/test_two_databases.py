"""Two databases of Odoo, each with faults of its own: every row once, and in the right one."""

from __future__ import annotations

import pytest

from tests.faults import combinations
from tests.faults.seed import Plan, run


@pytest.mark.parametrize("seed", range(101, 103))
def test_one_row_a_session_in_the_database_of_its_person(seed: int) -> None:
    transport, version = combinations.of(seed)
    result = run(Plan(seed, transport, version, sessions=120, people=80, seconds=2.0, databases=2))
    assert not result.faults, "\n" + result.report()
    assert result.sessions > 150
