"""A line that fails at random, before and after Odoo has done its work: still one row a session."""

from __future__ import annotations

import random
from datetime import date

import pytest

from backend.odoo.errors import OdooTransient
from backend.odoo_simulator import Answer, DropConnection
from tests.odoo.stories import held

WEEK = (date(2026, 3, 2), date(2026, 3, 8))
PEOPLE = [f"EMP{number:03}" for number in range(1, 21)]


def faults(picker: random.Random):
    """A hook that fails some calls; the same for the same seed, but for timing."""
    def hook(call):
        chance = picker.random()
        if call.model_method not in ("load", "read", "search_read", "unlink"):
            return
        if chance < 0.15:
            raise DropConnection
        if chance < 0.22:
            raise Answer(502, b"<html>Bad Gateway</html>")

    return hook


def push_until_done(desk) -> dict:
    for _ in range(200):
        desk.connector()._circuit_breaker.reset()
        try:
            result = desk.push(*WEEK)
        except OdooTransient:
            continue
        if result["success"]:
            return result
    pytest.fail("the push never came through")


@pytest.mark.parametrize("seed", [7])
def test_one_row_a_session_whatever_the_line_does(desk_with, odoo, diary, seed):
    desk = desk_with(odoo_batch=7)
    picker = random.Random(seed)
    desk.connector().connect()
    diaries = [diary(badge) for badge in PEOPLE]
    expected = {}
    for person in diaries:
        for day in range(2, 5):
            session = person.enter(f"03-{day:02} 08:{picker.randint(0, 59):02}")
            person.change(session, check_out=f"03-{day:02} 16:{picker.randint(0, 59):02}")
            expected[session] = person
    odoo.hooks.before.append(faults(picker))
    odoo.hooks.after.append(faults(picker))
    push_until_done(desk)
    assert len(held(odoo)) == 60
    for session, person in list(expected.items()):
        fate = picker.random()
        if fate < 0.2:
            person.void(session)
            del expected[session]
        elif fate < 0.5:
            begin = person.sessions[session].check_in
            person.change(session, check_out=f"{begin:%m-%d} 17:{picker.randint(0, 59):02}")
    push_until_done(desk)
    wanted = sorted((person.person.person_id, f"{person.sessions[session].check_in:%m-%d %H:%M}",
                     f"{person.sessions[session].check_out:%m-%d %H:%M}")
                    for session, person in expected.items())
    assert sorted(held(odoo)) == wanted
    names = [row["xml_id"] for row in odoo.attendances()]
    assert sorted(names) == sorted(f"__face_attendance__.session_{session}" for session in expected)
