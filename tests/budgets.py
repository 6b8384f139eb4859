"""What each suite may take, so that the whole stays under half an hour on two cores.

The seconds are those of a slow machine with two cores and three processes side by side, which take each
other's time; a table at the end of the run says what each suite took. Going over is shown, not failed:
machines are noisy. What ends a run is the limit of one test (pytest-timeout) and, in CI, half an hour for
the whole.
"""

from __future__ import annotations

from collections import defaultdict

BUDGETS = {
    "attendance": 90, "browser": 500, "cli": 190, "config": 10, "contract": 270, "demo": 120, "desks": 130,
    "docs": 10, "faults": 1100, "jobs": 70, "kiosk": 60, "odoo": 1200, "odoo_simulator": 40, "ops": 20,
    "processes": 190, "store": 230, "vision": 370, "web": 200,
}
"""Seconds a suite, by its folder in tests/, added up over the processes. Together under 5,000."""

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
