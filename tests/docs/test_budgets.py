"""Every suite has a budget, and together they keep under half an hour."""

from __future__ import annotations

from backend.config import PROJECT_ROOT
from tests.budgets import BUDGETS


def test_every_suite_has_a_budget():
    suites = {folder.name for folder in (PROJECT_ROOT / "tests").iterdir()
              if folder.is_dir() and any(folder.rglob("test_*.py"))}
    assert suites <= set(BUDGETS)


def test_the_budgets_together_stay_under_half_an_hour_of_three_processes():
    assert sum(BUDGETS.values()) < 3 * 30 * 60
