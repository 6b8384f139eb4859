"""The verdict can fail: a bridge that was broken on purpose never passes."""

from __future__ import annotations

import pytest

from tests.faults.sabotage import ways
from tests.faults.seed import Plan, run

TRIES = 4
"""Seeds within which a broken bridge must have been caught."""


@pytest.mark.parametrize("way", sorted(ways))
def test_a_broken_bridge_is_caught(way: str) -> None:
    for seed in range(101, 101 + TRIES):
        if run(Plan(seed, sessions=120, people=40, seconds=2.0, sabotage=way)).faults:
            return
    pytest.fail(f"{TRIES} seeds found nothing wrong with a bridge that was broken by {way}")
