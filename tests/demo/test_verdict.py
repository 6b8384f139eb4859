"""The demo's verdict: each way in which it could lie has a line of its own."""

from __future__ import annotations

from datetime import UTC, datetime

from backend.demo.verdict import differences

IN, OUT = datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 2, 8, 0, 30, tzinfo=UTC)
EXPECTED = [("EMP001", "check_in"), ("EMP001", "check_out")]
ROW = ("EMP001", IN, OUT)


def test_all_is_well():
    assert differences(EXPECTED, EXPECTED, 1, 1, [ROW], [ROW]) == []


def test_somebody_was_not_recognised():
    faults = differences(EXPECTED, EXPECTED[:1], 1, 1, [ROW], [ROW])
    assert faults == ["expected EMP001 check_in, EMP001 check_out, but recorded EMP001 check_in"]


def test_the_stranger_was_taken_for_somebody():
    faults = differences(EXPECTED, [*EXPECTED, ("EMP002", "check_in")], 1, 0, [ROW], [ROW])
    assert len(faults) == 2


def test_odoo_lacks_a_row():
    assert differences(EXPECTED, EXPECTED, 1, 1, [ROW], []) == [
        "Odoo lacks EMP001 08:00:00–08:00:30", "1 rows here, 0 in Odoo"]


def test_odoo_is_a_second_off():
    late = ("EMP001", IN, OUT.replace(second=31))
    faults = differences(EXPECTED, EXPECTED, 1, 1, [ROW], [late])
    assert any("Odoo lacks" in fault for fault in faults)
    assert any("which we do not" in fault for fault in faults)


def test_odoo_holds_a_row_twice():
    assert differences(EXPECTED, EXPECTED, 1, 1, [ROW], [ROW, ROW]) == ["1 rows here, 2 in Odoo"]


def test_nothing_at_all_is_not_success():
    assert differences([], [], 0, 0, [], []) == ["no attendance was recorded"]
