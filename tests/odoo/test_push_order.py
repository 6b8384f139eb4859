"""The order in which a person's rows change: into any other order, without Odoo ever minding."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.odoo.bridge.order import Span, clashes, steps
from tests.odoo.stories import at, held

WEEK = (date(2026, 3, 2), date(2026, 3, 8))
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


@st.composite
def days(draw) -> list[Span]:
    """Sessions of one person that do not overlap, though they may touch; the last may be open."""
    marks = sorted(draw(st.sets(st.integers(0, 23), max_size=10)))
    if len(marks) % 2:
        marks.pop()
    moments = [MIDNIGHT + timedelta(hours=mark) for mark in marks]
    spans = [Span(7, begin, end) for begin, end in zip(moments[::2], moments[1::2], strict=True)]
    for place in range(len(spans) - 1):
        if draw(st.booleans()):
            spans[place] = Span(7, spans[place].check_in, spans[place + 1].check_in)
    if spans and draw(st.booleans()):
        spans[-1] = Span(7, spans[-1].check_in, None)
    return spans


@given(days(), days(), st.randoms(use_true_random=False))
def test_any_rows_become_any_others_and_none_ever_clashes(before, after, picker):
    keys = picker.sample(range(10), len(after))
    wanted = dict(zip(keys, after, strict=True))
    standing = {key: span for key, span in enumerate(before) if key in wanted}
    now = dict(standing)
    for step in steps(standing, wanted):
        assert not any(clashes(step.span, span) for key, span in now.items() if key != step.key)
        now[step.key] = step.span
    assert now == wanted


@given(days(), days(), st.randoms(use_true_random=False))
def test_rows_that_stay_are_minded_and_nobody_is_put_aside_in_vain(before, after, picker):
    """A row that wants the place of one that stays goes last, for Odoo to refuse."""
    keys = picker.sample(range(6), min(len(after), 6))
    wanted = dict(zip(keys, after, strict=False))
    standing = dict(enumerate(before))
    now = dict(standing)
    for step in steps(standing, wanted):
        if any(clashes(step.span, span) for key, span in now.items() if key != step.key):
            assert step.final
            continue
        now[step.key] = step.span
    for key in standing:
        assert now[key] in (standing[key], wanted.get(key))


def test_two_that_swap_take_one_aside():
    morning, evening = Span(7, at("08:00"), at("12:00")), Span(7, at("13:00"), at("17:00"))
    planned = steps({1: morning, 2: evening}, {1: evening, 2: morning})
    assert [(step.final, step.span.check_in == step.span.check_out) for step in planned] == [
        (False, True), (True, False), (True, False)]


def test_times_that_swap_are_swapped_in_odoo_and_both_rows_stay(desk, odoo, diary):
    alice = diary("EMP001")
    first, second = alice.enter("08:00", "12:00"), alice.enter("13:00", "17:00")
    desk.push(*WEEK)
    numbers = {row["xml_id"]: row["id"] for row in odoo.attendances()}
    alice.change_all({first: {"check_in": "13:00", "check_out": "17:00"},
                      second: {"check_in": "08:00", "check_out": "12:00"}})
    assert desk.push(*WEEK)["message"] == "Pushed 2 attendance records"
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 12:00"), ("EMP001", "03-02 13:00", "03-02 17:00")]
    assert {row["xml_id"]: row["id"] for row in odoo.attendances()} == numbers
    assert desk.push(*WEEK)["skipped"] == 2


def test_times_that_rotate_past_an_open_row(desk, odoo, diary):
    alice = diary("EMP001")
    sessions = [alice.enter("08:00", "10:00"), alice.enter("10:00", "12:00"), alice.enter("13:00")]
    desk.push(*WEEK)
    alice.change_all({sessions[0]: {"check_in": "13:00", "check_out": None},
                      sessions[1]: {"check_in": "08:00", "check_out": "10:00"},
                      sessions[2]: {"check_in": "10:00", "check_out": "12:00"}})
    assert desk.push(*WEEK)["failed"] == 0
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 10:00"), ("EMP001", "03-02 10:00", "03-02 12:00"),
                          ("EMP001", "03-02 13:00", None)]


def test_a_row_of_hrs_in_the_middle_of_a_swap_leaves_both_rows_where_they_were(desk, odoo, diary):
    alice = diary("EMP001")
    first, second = alice.enter("08:00", "10:00"), alice.enter("13:00", "15:00")
    desk.push(*WEEK)
    odoo.run_as("admin", "hr.attendance", "create",
                {"employee_id": 2, "check_in": "2026-03-02 15:30:00", "check_out": "2026-03-02 16:00:00"})
    alice.change_all({first: {"check_in": "13:00", "check_out": "17:00"},
                      second: {"check_in": "08:00", "check_out": "10:00"}})
    result = desk.push(*WEEK)
    assert result["failed"] >= 1 and "15:30 to 16:00" in " ".join(result["errors"])
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 10:00"), ("EMP001", "03-02 13:00", "03-02 15:00"),
                          ("EMP001", "03-02 15:30", "03-02 16:00")]


def random_day(picker: random.Random, most: int = 4) -> list[tuple[datetime, datetime | None]]:
    marks = sorted(picker.sample(range(24), 2 * picker.randint(0, most)))
    spans: list[tuple[datetime, datetime | None]] = [
        (MIDNIGHT + timedelta(hours=begin), MIDNIGHT + timedelta(hours=end))
        for begin, end in zip(marks[::2], marks[1::2], strict=True)]
    for place in range(len(spans) - 1):
        if picker.random() < 0.4:
            spans[place] = spans[place][0], spans[place + 1][0]
    if spans and picker.random() < 0.4:
        spans[-1] = (spans[-1][0], None)
    return spans


@pytest.mark.parametrize("seed", range(2))
def test_any_day_becomes_any_other_in_odoo_with_one_push(desk, odoo, diary, seed):
    """25 people at a time; sessions swap, rotate, come and go."""
    picker = random.Random(seed)
    people = [diary(f"EMP{number:03}") for number in range(1, 26)]
    for _ in range(3):
        for person in people:
            spans = random_day(picker)
            picker.shuffle(spans)
            standing = list(person.sessions)
            for session in standing[len(spans):]:
                del person.sessions[session]
            person.sessions.update({session: person.moved(session, *span)
                                    for session, span in zip(standing, spans, strict=False)})
            for begin, end in spans[len(standing):]:
                person.add(begin, end)
            person.save()
        result = desk.push(*WEEK)
        assert result["errors"] == []
        assert sorted(held(odoo)) == sorted(
            (person.person.person_id, f"{one.check_in:%m-%d %H:%M}",
             f"{one.check_out:%m-%d %H:%M}" if one.check_out else None)
            for person in people for one in person.sessions.values())
        again = desk.push(*WEEK)
        assert (again["pushed"], again["failed"]) == (0, 0)
