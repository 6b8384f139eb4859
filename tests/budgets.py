"""What each suite may take, so that the whole stays under half an hour on two cores.

The seconds are those of a quiet machine with two cores, with room to spare; a table at the end of
the run says what each suite took. Going over is shown, not failed: machines are noisy. What ends a
run is the limit of one test (pytest-timeout) and, in CI, half an hour for the whole.
"""

from __future__ import annotations

from collections import defaultdict

BUDGETS = {
    "attendance": 90, "browser": 200, "cli": 90, "config": 10, "contract": 120, "demo": 90, "desks": 110,
    "docs": 30, "faults": 330, "jobs": 40, "kiosk": 60, "odoo": 600, "odoo_simulator": 60, "ops": 30,
    "processes": 110, "store": 120, "vision": 260, "web": 160,
}
"""Seconds a suite, by its folder in tests/, as two processes side by side take them. Together under 3,000."""

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
