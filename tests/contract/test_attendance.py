"""Marks, rows, corrections, punches: statuses, words and times to the letter."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import requests

RECORD = {"id", "person_id", "person_name", "check_in", "check_out", "duration_minutes", "status", "source",
          "confidence", "sync_state"}


def test_a_day_of_marks(product):
    product.person("DAY1", "Dana")
    come = product.mark("DAY1", "2026-11-03T08:00:00", person_name="ignored", marked_by="door")
    assert come.status == 201 and come.data["action"] == "check_in"
    row = come.data["attendance"]
    assert set(row) >= RECORD and row["check_in"] == "2026-11-03T08:00:00+01:00"

    twice = product.mark("DAY1", "2026-11-03T07:02:00Z")
    assert (twice.status, twice.data["action"], twice.data["attendance"]["id"]) == (200, "duplicate", row["id"])

    gone = product.mark("DAY1", "2026-11-03T17:30:00+02:00", direction="out")
    assert (gone.status, gone.data["action"], gone.data["attendance"]["id"]) == (201, "check_out", row["id"])
    assert gone.data["attendance"]["check_out"] == "2026-11-03T16:30:00+01:00"
    assert gone.data["attendance"]["duration_minutes"] == 510

    listed = product.get("/attendance", start_date="2026-11-03", end_date="2026-11-03", person_id="DAY1",
                         status="closed", limit=5, offset=0)
    assert set(listed.data) == {"records", "total"} and [one["id"] for one in listed.data["records"]] == [row["id"]]
    assert product.get(f"/attendance/{row['id']}").data["status"] == "closed"
    assert product.get("/attendance", start_date="2026-11-03", end_date="2026-11-03",
                       department="Nowhere").data["total"] == 0
    [total] = [one for one in product.get("/attendance/summary", start_date="2026-11-03", end_date="2026-11-03"
                                          ).data["persons"] if one["person_id"] == "DAY1"]
    assert (total["sessions"], total["minutes"]) == (1, 510)


def test_today_and_export(product):
    product.person("=NOW1", "=cmd|' /C calc'!A0")
    assert product.post("/attendance/mark", {"person_id": "=NOW1"}).status == 201
    assert "=NOW1" in [one["person_id"] for one in product.get("/attendance/today").data["records"]]
    headers = {"X-API-Key": product.key}
    address = product.url + "/api/v1/attendance/export"
    table = requests.get(address, {"format": "csv"}, headers=headers, timeout=30)
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert table.headers["Content-Type"].startswith("text/csv") and set(rows[0]) >= RECORD - {"confidence"}
    assert not any(value.startswith("=") for row in rows for value in row.values() if isinstance(value, str))
    book = requests.get(address, {"format": "xlsx"}, headers=headers, timeout=30)
    assert book.content[:2] == b"PK" and "spreadsheetml" in book.headers["Content-Type"]
    assert product.get("/attendance/export", format="pdf").status == 422


@pytest.mark.parametrize(("timestamp", "code"), [
    ("2026-03-29T02:30:00", "nonexistent_time"), ("2026-10-25T02:30:00", "ambiguous_time"),
    ("yesterday", "bad_time"), ("", "bad_time"), ("2026-11-03", "bad_time"), ("2026-13-40T08:00:00", "bad_time"),
    ("0001-01-01T00:00:00", "bad_time"), ("9998-12-31T23:59:59", "time_in_future"),
    ("1969-01-01T00:00:00", "bad_time"), (1_763_700_000, "bad_input"),
    ("2026-11-03T08:00:00" + "0" * 200, "bad_input"), (["2026-11-03T08:00:00"], "bad_input")])
def test_a_time_that_cannot_be_is_422_and_nothing_is_written(product, timestamp, code):
    product.person("TIME1")
    refused = product.mark("TIME1", timestamp)
    assert (refused.status, refused.body["code"]) == (422, code)
    assert product.get("/attendance", person_id="TIME1").data["total"] == 0


def test_an_offset_settles_an_ambiguous_time(product):
    product.person("TIME2")
    row = product.mark("TIME2", "2026-10-25T02:30:00+02:00").data["attendance"]
    assert row["check_in"] == "2026-10-25T02:30:00+02:00"
    assert product.mark("TIME2", "2026-10-25T02:50:00+01:00").data["attendance"]["duration_minutes"] == 80


def test_the_future_begins_after_max_clock_skew(product):
    product.person("SKEW1")
    now = datetime.now(UTC)
    refused = product.mark("SKEW1", (now + timedelta(minutes=4)).isoformat())
    assert (refused.status, refused.body["code"]) == (422, "time_in_future")
    assert product.mark("SKEW1", (now + timedelta(minutes=1)).isoformat()).status == 201


def test_unknown_people_are_named_with_what_to_do(product):
    missing = product.mark("NOBODY", "2026-11-03T08:00:00")
    assert (missing.status, missing.body["code"]) == (404, "person_not_found")
    assert "POST /persons" in missing.body["error"]


@pytest.mark.parametrize("how", ["uuid", "header"])
def test_the_same_uuid_is_the_same_mark(product, how):
    person = product.person(f"SAME-{how}")
    number = str(uuid4())
    extra = {"uuid": number} if how == "uuid" else {}
    headers = {"Idempotency-Key": number} if how == "header" else {}

    def send(at: str, who: str = person):
        return product.post("/attendance/mark", {"person_id": who, "timestamp": at, **extra}, headers=headers)

    first = send("2026-11-03T08:00:00")
    assert first.status == 201
    product.mark(person, "2026-11-03T12:00:00")
    again = send("2026-11-03T08:00:00")
    assert (again.status, again.data["action"]) == (200, "check_in")
    assert again.data["attendance"]["id"] == first.data["attendance"]["id"]
    assert send("2026-11-03T09:00:00").status == 409
    assert send("2026-11-03T08:00:00", product.person("OTHER")).status == 409
    assert product.get("/attendance", person_id=person).data["total"] == 1


def test_a_correction_needs_a_reason_and_keeps_off_other_rows(product):
    product.person("FIX1")
    first = product.mark("FIX1", "2026-11-03T08:00:00").data["attendance"]["id"]
    product.mark("FIX1", "2026-11-03T12:00:00")
    second = product.mark("FIX1", "2026-11-03T13:00:00").data["attendance"]["id"]
    product.mark("FIX1", "2026-11-03T17:00:00")
    before = product.get("/attendance", person_id="FIX1").data
    path = f"/attendance/{first}"

    assert product.patch(path, {"check_out": "2026-11-03T12:30:00"}).status == 422
    assert product.patch(path, {"reason": "nothing"}).status == 422
    for check_out in ("2026-11-03T13:30:00", "2026-11-03T18:00:00"):
        overlap = product.patch(path, {"check_out": check_out, "reason": "x"})
        assert (overlap.status, overlap.body["code"]) == (409, "attendance_overlap")
    assert product.patch(path, {"check_out": "2026-11-03T07:00:00", "reason": "x"}).status == 422
    assert product.patch(path, {"check_out": "2099-11-03T07:00:00", "reason": "x"}).status == 422
    assert product.patch("/attendance/999999", {"check_out": "2026-11-03T07:00:00", "reason": "x"}).status == 404
    assert product.get("/attendance", person_id="FIX1").data == before, "nothing was written"

    fixed = product.patch(path, {"check_out": "2026-11-03T12:30:00", "reason": "forgot the badge"})
    assert fixed.status == 200 and fixed.data["check_out"] == "2026-11-03T12:30:00+01:00"
    assert fixed.data["id"] == first and fixed.data["duration_minutes"] == 270

    assert product.post(f"/attendance/{second}/void", {}).status == 422
    assert product.post(f"/attendance/{second}/void", {"reason": "was not here"}).status == 200
    assert [one["id"] for one in product.get("/attendance", person_id="FIX1").data["records"]] == [first]
    audit = [line for line in product.get("/logs", category="attendance", limit=10).data["logs"]
             if line["details"].get("person_id") == "FIX1"]
    assert any("was not here" in line["message"] for line in audit)


@pytest.mark.parametrize("query", [
    {"start_date": "2026-11-04", "end_date": "2026-11-03"}, {"start_date": "03/11/2026"}, {"start_date": "2026-02-30"},
    {"limit": -1}, {"limit": "all"}, {"offset": -5}, {"status": "late"}])
def test_a_list_of_rows_refuses_odd_questions(product, query):
    assert product.get("/attendance", **query).status == 422


@pytest.mark.parametrize("path", ["/attendance", "/attendance/summary", "/attendance/export", "/logs"])
@pytest.mark.parametrize("days", [("0001-01-01", "0001-01-05"), (None, "0001-01-05"), ("9999-12-31", "9999-12-31"),
                                  ("9999-12-31", None)])
def test_the_ends_of_the_calendar_are_no_fault_of_ours(product, path, days):
    query = {name: day for name, day in zip(("start_date", "end_date"), days, strict=True) if day}
    if path == "/attendance/export":
        answer = requests.get(product.url + "/api/v1" + path, query, headers={"X-API-Key": product.key}, timeout=30)
        assert answer.status_code in (200, 422)
    else:
        query |= {"since": days[0] or days[1]} if path == "/logs" else {}
        assert product.get(path, **query).status in (200, 422)


@pytest.mark.parametrize("moment", ["0001-01-02T08:00:00", "0001-01-01T12:00:00", "9999-12-31T23:59:59Z",
                                    "9999-12-31T23:59:59-12:00", "1969-12-31T23:59:59", "1900-01-01T00:00:00"])
def test_times_at_the_ends_of_the_calendar_are_no_fault_of_ours(product, moment):
    product.person("EDGE1")
    assert product.mark("EDGE1", moment).status in (200, 201, 422)
    assert product.post("/keys", {"name": "edge", "scopes": ["*"], "expires": moment}).status in (201, 422)
    assert product.post("/punches", [{"uuid": str(uuid4()), "person_id": "EDGE1", "at": moment, "source": "badge"}]
                        ).status == 200
    row = product.mark("EDGE1", "2026-11-05T08:00:00").data["attendance"]
    if row is not None:
        product.mark("EDGE1", "2026-11-05T09:00:00")
        for field in ("check_in", "check_out"):
            assert product.patch(f"/attendance/{row['id']}", {field: moment, "reason": "x"}).status in (200, 409, 422)
    assert product.get("/attendance", person_id="EDGE1").status == 200
    assert product.get("/keys").status == 200
    assert product.get("/logs", since=moment).status in (200, 422)
    product.delete("/persons/EDGE1")


@pytest.mark.parametrize("path", ["/attendance/0", "/attendance/-1", "/attendance/abc", "/attendance/1e3",
                                  "/attendance/" + "9" * 30, "/attendance/999999"])
def test_a_row_that_is_not_there(product, path):
    assert product.get(path).status in (404, 422)


def test_punches_are_answered_one_by_one(product):
    product.person("BADGE1")
    come, go = str(uuid4()), str(uuid4())
    items = [{"uuid": go, "badge": "BADGE1", "at": "2026-11-03T17:00:00", "source": "badge"},
             {"uuid": str(uuid4()), "person_id": "NOBODY", "at": "2026-11-03T08:00:00", "source": "badge"},
             {"uuid": come, "person_id": "BADGE1", "at": "2026-11-03T08:00:00", "source": "badge"},
             {"uuid": "x", "person_id": "BADGE1", "at": "2026-11-03T08:00:00"},
             {"uuid": str(uuid4()), "person_id": "BADGE1", "at": "soon"},
             {"uuid": str(uuid4()), "person_id": "BADGE1", "at": "2026-11-03T19:00:00", "source": "magic"},
             {"uuid": str(uuid4()), "person_id": "BADGE1", "pin": "0000", "at": "2026-11-03T19:00:00", "source": "pin"},
             None, "junk", 5]
    for _ in range(2):
        answer = product.post("/punches", items)
        assert answer.status == 200
        assert [one["success"] for one in answer.data["results"]] == [True, False, True] + [False] * 7
        assert all(one["error"] and one["code"] for one in answer.data["results"] if not one["success"])
    [row] = product.get("/attendance", person_id="BADGE1").data["records"]
    assert (row["check_in"], row["check_out"]) == ("2026-11-03T08:00:00+01:00", "2026-11-03T17:00:00+01:00")
    for body in ({"a": 1}, {"punches": "x"}, [{}] * 1001):
        assert product.post("/punches", body).status == 422
