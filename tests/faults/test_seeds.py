"""Seeds of 300 sessions over all protocols, each under its own mixture of faults: one row a session.

A seed that fails prints the command that repeats it and the story of the sessions concerned.
"""

from __future__ import annotations

import pytest

from tests.faults import combinations
from tests.faults.seed import Plan, run

SEEDS = range(1, 21)
SECONDS = 2.5


@pytest.mark.parametrize("seed", SEEDS)
def test_one_row_a_session_whatever_fails(seed: int) -> None:
    transport, version = combinations.of(seed)
    result = run(Plan(seed, transport, version, seconds=SECONDS))
    assert not result.faults, "\n" + result.report()
    assert result.sessions > 200
