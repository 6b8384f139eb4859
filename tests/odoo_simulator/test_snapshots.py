"""The simulated database itself: what a running transaction sees, and what is found without looking at all rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from backend.odoo_simulator.errors import SerializationFailure
from backend.odoo_simulator.records import Database, Transaction

NOW = datetime(2026, 3, 2, 8)
TABLE = "hr.attendance"


def row(key: int, employee: int = 3) -> dict[str, Any]:
    return {"id": key, "employee_id": employee}


@pytest.fixture
def database() -> Database:
    database = Database()
    for key in (1, 2, 4):
        database.tables[TABLE][key] = row(key)
    return database


def begin(database: Database) -> Transaction:
    return database.begin(NOW)


def seen(transaction: Transaction, after: int | None = None) -> list[int]:
    return [one["id"] for one in transaction.rows(TABLE, after)]


def theirs(transaction: Transaction, employee: int) -> list[int]:
    return [one["id"] for one in transaction.where(TABLE, "employee_id", employee)]


def test_a_transaction_goes_on_seeing_what_there_was_when_it_began(database: Database) -> None:
    reader, writer = begin(database), begin(database)
    writer.put(TABLE, 3, row(3))
    writer.put(TABLE, 1, row(1, employee=9))
    writer.delete(TABLE, 4)
    assert (seen(reader), seen(writer)) == ([1, 2, 4], [1, 2, 3])
    writer.commit()
    assert (seen(reader), theirs(reader, 3), theirs(reader, 9)) == ([1, 2, 4], [1, 2, 4], [])
    later = begin(database)
    assert (seen(later), theirs(later, 3), theirs(later, 9)) == ([1, 2, 3], [2, 3], [1])


def test_what_is_set_by_hand_is_hidden_from_transactions_under_way_as_well(database: Database) -> None:
    reader = begin(database)
    database.tables[TABLE][1] = row(1, employee=9)
    del database.tables[TABLE][2]
    assert (seen(reader), theirs(reader, 3)) == ([1, 2, 4], [1, 2, 4])
    assert theirs(begin(database), 9) == [1]


def test_rows_come_by_key_whatever_order_they_were_made_in(database: Database) -> None:
    assert seen(begin(database)) == [1, 2, 4]
    database.tables[TABLE][3] = row(3)
    transaction = begin(database)
    transaction.put(TABLE, 0, row(0))
    assert (seen(transaction), seen(transaction, 2), seen(transaction, 9)) == ([0, 1, 2, 3, 4], [3, 4], [])


def test_a_savepoint_takes_back_what_came_after_it(database: Database) -> None:
    transaction = begin(database)
    transaction.put(TABLE, 1, row(1, employee=5))
    before = transaction.savepoint()
    transaction.put(TABLE, 1, row(1, employee=6))
    transaction.put(TABLE, 7, row(7, employee=6))
    transaction.merge(TABLE, 2, {"employee_id": 6})
    transaction.rollback_to(before)
    assert (seen(transaction), theirs(transaction, 5), theirs(transaction, 6)) == ([1, 2, 4], [1], [])
    transaction.commit()
    assert database.tables[TABLE] == {1: row(1, employee=5), 2: row(2), 4: row(4)}


def test_two_that_claim_a_row_conflict_and_two_that_merge_into_it_do_not(database: Database) -> None:
    first, second, third = begin(database), begin(database), begin(database)
    first.merge(TABLE, 1, {"a": 1})
    second.merge(TABLE, 1, {"b": 2})
    third.put(TABLE, 1, row(1))
    first.commit()
    second.commit()
    assert database.tables[TABLE][1] == {**row(1), "a": 1, "b": 2}
    with pytest.raises(SerializationFailure):
        third.commit()


def test_nothing_is_remembered_for_transactions_that_are_over(bridge: Any, odoo: Any) -> None:
    bridge.attend(employee_id=3)
    bridge.fault("hr.attendance", "create", {"employee_id": 9999})
    bridge.fault("res.users", "write", [9999], {})
    assert len(odoo.services.database.running) == 0


def test_pages_and_look_ups_are_the_same_as_a_search_through_everything(bridge: Any) -> None:
    everybody = [row["id"] for row in bridge.odoo.rows("hr.employee") if row["active"]]
    paged: list[int] = []
    while page := bridge("hr.employee", "search", [["id", ">", max(paged, default=0)]], order="id asc", limit=7):
        paged += page
    assert paged == everybody
    for barcodes in (["EMP003", "EMP001"], [], ["EMP001", "EMP001", "nobody"]):
        expected = [row["id"] for row in bridge.odoo.rows("hr.employee") if row["barcode"] in barcodes]
        assert bridge("hr.employee", "search", [["barcode", "in", barcodes]], order="id") == expected
    keys = [bridge.attend(employee_id=who, check_in=f"2026-03-0{day} 08:00:00", check_out=f"2026-03-0{day} 09:00:00")
            for day in (2, 3) for who in (4, 3)]
    domain = [["employee_id", "in", [3, 4]], ["check_in", "<", "2026-03-03 00:00:00"]]
    assert bridge("hr.attendance", "search", domain, order="id") == keys[:2]
    assert bridge("hr.attendance", "search", ["|", ["employee_id", "=", 3], ["id", "=", keys[0]]], order="id") == [
        keys[0], keys[1], keys[3]]
    assert bridge("hr.attendance", "search", [["id", "in", keys], ["employee_id", "=", 3]], order="id desc") == [
        keys[3], keys[1]]
