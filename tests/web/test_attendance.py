"""Attendance over HTTP: marks, rows, corrections, exports."""

from __future__ import annotations

import csv
import io
from uuid import uuid4

import pytest
from openpyxl import load_workbook


def mark(api, person_id: str, timestamp: str | None = None, **more):
    body = {"person_id": person_id, **({"timestamp": timestamp} if timestamp else {}), **more}
    return api.post("/attendance/mark", body)


def test_come_again_and_go(api, alice, clock) -> None:
    came = mark(api, alice, person_name="Alice", marked_by="reception")
    assert came.status_code == 201
    assert came.json["data"]["action"] == "check_in"
    row = came.json["data"]["attendance"]
    assert (row["person_id"], row["check_in"], row["check_out"]) == (alice, "2026-03-02T09:00:00+01:00", None)

    clock.move(minutes=2)
    again = mark(api, alice)
    assert (again.status_code, again.json["data"]["action"]) == (200, "duplicate")
    assert again.json["data"]["attendance"]["id"] == row["id"]

    clock.move(hours=8)
    went = mark(api, alice)
    assert (went.status_code, went.json["data"]["action"]) == (201, "check_out")
    assert went.json["data"]["attendance"]["duration_minutes"] == 482
    assert api.get(f"/attendance/{row['id']}").json["data"] == went.json["data"]["attendance"]


def test_an_unknown_person_is_404_and_says_what_to_do(api) -> None:
    refused = mark(api, "EMP999")
    assert (refused.status_code, refused.json["code"]) == (404, "person_not_found")
    assert "POST /persons" in refused.json["error"]


def test_the_same_uuid_answers_with_the_first_result(api, alice, bob, clock) -> None:
    uuid = str(uuid4())
    first = mark(api, alice, uuid=uuid)
    clock.move(minutes=30)
    again = mark(api, alice, uuid=uuid)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["data"] == first.json["data"]
    other = mark(api, bob, uuid=uuid)
    assert (other.status_code, other.json["code"]) == (409, "idempotency_conflict")
    assert api.get("/attendance").json["data"]["total"] == 1


@pytest.mark.parametrize("key", ["5d0f6f4a-3c1e-4c58-9d0a-9a8f0f7c2b61", "turnstile-7/4711"])
def test_the_header_does_the_same(api, alice, key: str) -> None:
    header = {"Idempotency-Key": key}
    first = api.post("/attendance/mark", {"person_id": alice}, headers=header)
    again = api.post("/attendance/mark", {"person_id": alice}, headers=header)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["data"] == first.json["data"]


def test_two_keys_may_use_the_same_word(as_, alice, bob) -> None:
    header = {"Idempotency-Key": "1"}
    one, other = as_("attendance:write"), as_("attendance:write")
    assert one.post("/attendance/mark", {"person_id": alice}, headers=header).status_code == 201
    assert other.post("/attendance/mark", {"person_id": bob}, headers=header).status_code == 201


def test_uuid_and_header_must_not_differ(api, alice) -> None:
    refused = api.post("/attendance/mark", {"person_id": alice, "uuid": str(uuid4())},
                       headers={"Idempotency-Key": str(uuid4())})
    assert refused.status_code == 422


@pytest.mark.parametrize(("timestamp", "code"), [
    ("2026-03-29T02:30:00", "nonexistent_time"),
    ("2025-10-26T02:30:00", "ambiguous_time"),
    ("2026-03-02T09:10:00", "time_in_future"),
    ("yesterday", "bad_time"), ("2026-03-02", "bad_time"), ("2026-13-40T99:00:00", "bad_time"), ("", "bad_time"),
])
def test_times_that_cannot_be(api, alice, timestamp: str, code: str) -> None:
    refused = api.post("/attendance/mark", {"person_id": alice, "timestamp": timestamp})
    if timestamp == "":
        assert refused.status_code in (201, 422)
        return
    assert (refused.status_code, refused.json["code"]) == (422, code)
    assert api.get("/attendance").json["data"]["total"] == 0


def test_times_come_in_with_an_offset_or_in_the_sites_zone(api, alice, bob) -> None:
    assert mark(api, alice, "2026-03-02T08:00:00").json["data"]["attendance"]["check_in"] \
        == "2026-03-02T08:00:00+01:00"
    assert mark(api, bob, "2026-03-02T08:00:00+04:00").json["data"]["attendance"]["check_in"] \
        == "2026-03-02T05:00:00+01:00"


def test_a_little_ahead_is_taken_for_now(api, alice) -> None:
    assert mark(api, alice, "2026-03-02T09:01:30").json["data"]["attendance"]["check_in"] \
        == "2026-03-02T09:00:00+01:00"


@pytest.fixture
def three_days(api, alice, bob, clock):
    """Alice on three days, Bob on the first only, and Alice still in."""
    for day in (25, 26):
        mark(api, alice, f"2026-02-{day}T08:00:00", direction="in")
        mark(api, alice, f"2026-02-{day}T16:30:00", direction="out")
    mark(api, bob, "2026-02-25T09:00:00", direction="in")
    mark(api, bob, "2026-02-25T12:00:00", direction="out")
    mark(api, alice, "2026-03-02T08:00:00", direction="in")


def test_rows_are_found_by_day_person_department_and_status(api, three_days, alice) -> None:
    def found(query: str) -> list[str]:
        return [record["check_in"][:10] for record in api.get(f"/attendance?{query}").json["data"]["records"]]

    assert found("") == ["2026-03-02", "2026-02-26", "2026-02-25", "2026-02-25"]
    assert found("start_date=2026-02-26&end_date=2026-02-28") == ["2026-02-26"]
    assert len(found(f"person_id={alice}")) == 3
    assert found("department=Workshop") == ["2026-02-25"]
    assert found("status=open") == ["2026-03-02"]
    assert found("limit=1&offset=1") == ["2026-02-26"]
    assert api.get("/attendance?limit=1").json["data"]["total"] == 4
    assert api.get("/attendance?start_date=2026-02-26&end_date=2026-02-01").status_code == 422
    assert api.get("/attendance?start_date=26.02.2026").status_code == 422
    assert api.get("/attendance?person_id=nobody").status_code == 404


def test_today_shows_who_is_in_since_yesterday_too(api, alice, bob, clock) -> None:
    mark(api, bob, "2026-03-01T22:00:00", direction="in")
    mark(api, alice)
    clock.move(minutes=10)
    today = api.get("/attendance/today").json["data"]
    assert {record["person_name"] for record in today["records"]} == {"Alice Ämter", "Bob"}


def test_the_summary_adds_up(api, three_days) -> None:
    data = api.get("/attendance/summary?start_date=2026-02-25&end_date=2026-03-02").json["data"]
    alice, bob = data["persons"]
    assert (alice["person_name"], alice["sessions"], alice["days"], alice["minutes"], alice["open"]) \
        == ("Alice Ämter", 3, 3, 1020, 1)
    assert (bob["minutes"], data["total_minutes"], data["present_now"]) == (180, 1200, 1)
    assert api.get("/attendance/summary").json["data"]["end_date"] == "2026-03-02"


def test_a_correction_keeps_the_row_and_its_punches(api, three_days, system) -> None:
    row = api.get("/attendance?department=Workshop").json["data"]["records"][0]
    fixed = api.patch(f"/attendance/{row['id']}", {"check_out": "2026-02-25T17:00:00", "reason": "forgot"})
    assert (fixed.status_code, fixed.json["data"]["id"]) == (200, row["id"])
    assert (fixed.json["data"]["check_in"], fixed.json["data"]["check_out"]) \
        == ("2026-02-25T09:00:00+01:00", "2026-02-25T17:00:00+01:00")
    with system.store.read() as unit:
        assert unit.punches.count() == 7


def test_a_correction_that_makes_no_sense_changes_nothing(api, three_days) -> None:
    row = api.get("/attendance?department=Sales&end_date=2026-02-25").json["data"]["records"][0]
    address = f"/attendance/{row['id']}"
    for body, status in (({"check_out": "2026-02-25T07:00:00", "reason": "x"}, 422),
                         ({"check_out": "2026-02-26T10:00:00", "reason": "overlaps"}, 409),
                         ({"check_out": "2026-02-25T17:00:00"}, 422),
                         ({"check_out": "2026-02-25T17:00:00", "reason": "  "}, 422),
                         ({"reason": "nothing"}, 422), ({"check_in": None, "reason": "x"}, 422),
                         ({"check_in": "2026-03-29T02:30:00", "reason": "x"}, 422)):
        assert api.patch(address, body).status_code == status, body
    assert api.get(address).json["data"] == row
    assert api.patch("/attendance/4711", {"check_out": None, "reason": "x"}).status_code == 404


def test_a_voided_row_is_superseded(api, three_days) -> None:
    row = api.get("/attendance?department=Workshop").json["data"]["records"][0]
    voided = api.post(f"/attendance/{row['id']}/void", {"reason": "a mistake"})
    assert voided.json["data"]["status"] == "superseded"
    assert api.get("/attendance?department=Workshop").json["data"]["total"] == 0
    assert api.get("/attendance?department=Workshop&status=superseded").json["data"]["total"] == 1
    assert api.post(f"/attendance/{row['id']}/void", {}).status_code == 422


def test_export_as_csv(api, three_days) -> None:
    response = api.get("/attendance/export?start_date=2026-02-01")
    assert response.headers["Content-Disposition"] == 'attachment; filename="attendance-2026-03-02.csv"'
    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert rows[0][:3] == ["id", "person_id", "person_name"]
    assert len(rows) == 1 + 4 + 1
    assert rows[-1][0].startswith("# Hash chain of the punches: number 7, ")


def test_export_as_a_workbook(api, three_days) -> None:
    book = load_workbook(io.BytesIO(api.get("/attendance/export?format=xlsx").data), read_only=True)
    rows = list(book["Attendance"].values)
    assert (len(rows), rows[1][2]) == (5, "Alice Ämter")
    assert "Hash chain" in next(iter(book["About"].values))[0]
    book.close()


def test_a_name_is_never_a_formula(api, system) -> None:
    system.people.add("=1+1", "=HYPERLINK(\"http://x\")", by="test")
    mark(api, "=1+1")
    text = api.get("/attendance/export").data.decode("utf-8-sig")
    assert ",=" not in text and "'=1+1" in text
    book = load_workbook(io.BytesIO(api.get("/attendance/export?format=xlsx").data))
    assert all(cell.data_type != "f" for row in book["Attendance"].iter_rows() for cell in row)


def test_a_format_that_is_not_there(api) -> None:
    assert api.get("/attendance/export?format=pdf").status_code == 422
