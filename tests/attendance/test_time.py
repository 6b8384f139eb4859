"""Times as people write them: with and without offset, around clock changes, whole days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.attendance.time import day_range, local_text, parse_day, parse_moment
from backend.errors import BadInput

BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(("text", "utc"), [
    ("2026-03-02T08:00:00", "2026-03-02T07:00:00"),
    ("2026-03-02 08:00", "2026-03-02T07:00:00"),
    ("2026-07-02T08:00:00", "2026-07-02T06:00:00"),
    ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00"),
    ("2026-03-02T08:00:00.999-05:00", "2026-03-02T13:00:00"),
    ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00"),
    ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00"),
])
def test_a_moment_is_read_in_the_sites_zone_unless_it_says_otherwise(text, utc):
    assert parse_moment(text, BRUSSELS) == datetime.fromisoformat(utc + "+00:00")


@pytest.mark.parametrize(("text", "code"), [
    ("2026-03-29T02:30:00", "nonexistent_time"),
    ("2026-10-25T02:30:00", "ambiguous_time"),
    ("2026-03-02", "bad_time"),
    ("yesterday at 8", "bad_time"),
    ("", "bad_time"),
    ("2026-13-02T08:00:00", "bad_time"),
    ("0001-01-01T00:00:00+14:00", "bad_time"),
    ("9999-12-31T23:59:59-14:00", "bad_time"),
    ("2026-03-02T08:00:00" + " " * 100, "bad_time"),
    (17, "bad_time"),
    (None, "bad_time"),
])
def test_what_is_no_time_is_refused_by_name(text, code):
    with pytest.raises(BadInput, match="check_in") as caught:
        parse_moment(text, BRUSSELS, "check_in")
    assert (caught.value.code, caught.value.status) == (code, 422)


def test_the_ambiguous_hour_is_explained_with_both_offsets():
    with pytest.raises(BadInput, match=r"\+02:00 for the first or \+01:00"):
        parse_moment("2026-10-25T02:30:00", BRUSSELS)


@pytest.mark.parametrize("edge", ["01:59:59", "03:00:00"])
def test_the_hours_beside_a_gap_exist(edge):
    moment = parse_moment(f"2026-03-29T{edge}", BRUSSELS)
    assert local_text(moment, BRUSSELS).startswith(f"2026-03-29T{edge}")


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_what_we_write_we_read(moment):
    moment = moment.replace(microsecond=0)
    assert parse_moment(local_text(moment, BRUSSELS), BRUSSELS) == moment


def test_days_are_inclusive_and_have_their_real_length():
    spring = date(2026, 3, 29)
    start, end = day_range(spring, spring, BRUSSELS)
    assert start == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert end - start == timedelta(hours=23)
    start, end = day_range(date(2026, 10, 25), date(2026, 10, 26), BRUSSELS)
    assert end - start == timedelta(hours=49)


def test_where_midnight_is_skipped_the_day_begins_after_the_gap():
    santiago = ZoneInfo("America/Santiago")  # on 6 September 2026 midnight becomes one o'clock
    start, end = day_range(date(2026, 9, 6), date(2026, 9, 6), santiago)
    assert end - start == timedelta(hours=23)
    assert local_text(start, santiago) == "2026-09-06T01:00:00-03:00"


def test_an_open_range_stays_open():
    assert day_range(None, None, BRUSSELS) == (None, None)


@pytest.mark.parametrize("text", ["2.3.2026", "2026-02-30", "", None, 5, "20260302", "2026-W10-1"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(BadInput, match="start_date") as caught:
        parse_day(text, "start_date")
    assert caught.value.code == "bad_date"


def test_a_day_is_a_day():
    assert parse_day("2026-03-02") == date(2026, 3, 2)
    assert parse_day(date(2026, 3, 2)) == parse_day(datetime(2026, 3, 2, 8)) == date(2026, 3, 2)


def test_ranges_that_make_no_sense_are_refused():
    with pytest.raises(BadInput, match="before"):
        day_range(date(2026, 3, 2), date(2026, 3, 1), BRUSSELS)
    with pytest.raises(BadInput, match="calendar"):
        day_range(date(9999, 12, 31), date(9999, 12, 31), BRUSSELS)
