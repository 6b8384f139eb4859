"""The run against an Odoo somewhere else, here one that happens to be simulated."""

from __future__ import annotations

import pytest

from backend.odoo_simulator import OdooSimulator
from tests.faults.__main__ import main

ROW = {"check_in": "2024-02-05 08:00:00", "check_out": "2024-02-05 16:30:00"}


@pytest.fixture
def odoo():
    with OdooSimulator(version=18) as server:
        for employee in (2, 3):
            server.run_as("admin", "hr.attendance", "create", {"employee_id": employee, **ROW})
        yield server


def arguments(server, *more: str) -> list[str]:
    return ["--url", server.url, "--db", server.db, "--username", server.username, "--password", server.password,
            "--seed", "3", "--sessions", "12", "--seconds", "1.5", "--patience", "0.5", *more]


def test_it_makes_its_own_employees_and_leaves_nothing_behind(odoo, capsys):
    employees, rows = len(odoo.rows("hr.employee")), odoo.attendances()
    assert main(arguments(odoo, "--people", "6")) == 0, capsys.readouterr().out
    assert "0 FAULTS" not in capsys.readouterr().out
    assert len(odoo.rows("hr.employee")) == employees
    assert odoo.attendances() == rows


def test_with_given_badges_their_own_rows_stay(odoo, capsys):
    rows = odoo.attendances()
    assert main(arguments(odoo, "--badges", "EMP001,EMP002,EMP003")) == 0, capsys.readouterr().out
    assert odoo.attendances() == rows
    assert any(call.model_method == "load" for call in odoo.calls)


@pytest.mark.parametrize(("changes", "why"), [
    ({"password": "wrong"}, "Odoo refuses the user bridge"), ({"url": "http://127.0.0.1:9"}, "refuses connections")])
def test_an_odoo_that_cannot_be_used_is_one_line(odoo, capsys, changes, why):
    given = arguments(odoo)
    for name, value in changes.items():
        given[given.index(f"--{name}") + 1] = value
    assert main(given) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Stopped: ") and why in line
