"""What each suite may take, so that the whole stays under half an hour on two cores.

The seconds are those of a quiet machine with two cores, with room to spare; a table at the end of
the run says what each suite took. Going over is shown, not failed: machines are noisy. What ends a
run is the limit of one test (pytest-timeout) and, in CI, half an hour for the whole.
"""

from __future__ import annotations

from collections import defaultdict

BUDGETS = {
    "attendance": 120, "browser": 180, "cli": 60, "config": 10, "contract": 120, "demo": 120, "desks": 150,
    "docs": 30, "jobs": 30, "kiosk": 60, "odoo": 200, "odoo_simulator": 60, "ops": 30, "processes": 120,
    "store": 150, "vision": 120, "web": 200,
}
"""Seconds a suite, by its folder in tests/. Together under 1,800."""

_taken: defaultdict[str, float] = defaultdict(float)


def pytest_runtest_logreport(report) -> None:
    parts = report.nodeid.split("/")
    if len(parts) > 2:
        _taken[parts[1]] += report.duration


def pytest_terminal_summary(terminalreporter) -> None:
    terminalreporter.section("seconds a suite")
    for suite, seconds in sorted(_taken.items()):
        budget = BUDGETS.get(suite, 0)
        over = "   over its budget" if seconds > budget else ""
        terminalreporter.write_line(f"{suite:16}{seconds:7.1f} of {budget:4}{over}")
