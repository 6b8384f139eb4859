"""How answers of load() are read, traps included: no server, only its answers."""

from __future__ import annotations

import random

import pytest

from backend.odoo.errors import OdooServerFault, OdooUnreachable
from backend.odoo.loading import load


def error(record, text):
    return {"type": "error", "record": record, "rows": {"from": record, "to": record}, "message": text}


class Server:
    """Keeps all rows of a call or none, and tells of bad ones as Odoo 18 or 19 does."""

    def __init__(self, bad, version):
        self.bad, self.version = bad, version
        self.calls = 0
        self.kept = []

    def __call__(self, rows):
        self.calls += 1
        wrong = [index for index, (name,) in enumerate(rows) if name in self.bad]
        if not wrong:
            self.kept += [name for name, in rows]
            return {"ids": [1000 + name for name, in rows], "messages": [], "nextrow": 0}
        messages = [error(index, f"{rows[index][0]} is bad") for index in wrong[:10]]
        copied = error(0, messages[-1]["message"])
        if messages[0]["record"] != 0:
            if self.version == 19:  # the row whose error is copied is not named itself
                messages.pop()
            messages.insert(0, copied)
        if len(wrong) > 10:
            messages.append({"type": "warning", "message": "Found more than 10 errors"})
        return {"ids": False, "messages": messages, "nextrow": 0}


@pytest.mark.parametrize("version", [18, 19])
@pytest.mark.parametrize("bad", [[], [0], [4], [99], [2, 3], [0, 1], [0, 50, 99], range(100), range(30, 60)])
def test_every_good_row_is_kept_and_every_bad_one_named(bad, version):
    server = Server(set(bad), version)
    results = load(server, [(name,) for name in range(100)])
    assert [name for name, one in enumerate(results) if one.odoo_id is None] == list(bad)
    assert all(one.odoo_id == 1000 + name for name, one in enumerate(results) if name not in bad)
    assert all(results[name].error == f"{name} is bad" for name in bad)
    assert server.kept == [name for name in range(100) if name not in bad]


def test_any_mixture():
    picker = random.Random(7)
    for _ in range(200):
        count = picker.randint(1, 40)
        bad = {name for name in range(count) if picker.random() < picker.random()}
        server = Server(bad, picker.choice([18, 19]))
        results = load(server, [(name,) for name in range(count)])
        assert {name for name, one in enumerate(results) if one.error} == bad
        assert sorted(server.kept) == [name for name in range(count) if name not in bad]


def test_good_rows_cost_one_call_and_a_named_bad_row_few_more():
    server = Server(set(), 18)
    load(server, [(name,) for name in range(100)])
    assert server.calls == 1
    server = Server({42}, 18)
    load(server, [(name,) for name in range(100)])
    assert server.calls == 2
    server = Server({0}, 18)
    load(server, [(name,) for name in range(100)])
    assert server.calls == 3
    assert load(server, []) == []


def test_two_messages_about_the_first_row_are_believed():
    """An unknown employee brings two."""
    answers = [{"ids": False, "messages": [error(0, "No matching record"), error(0, "Missing value")]},
               {"ids": [7], "messages": []}]
    results = load(lambda rows: answers.pop(0), [("a",), ("b",)])
    assert [(one.odoo_id, one.error) for one in results] == [(None, "No matching record"), (7, None)]


def test_an_answer_without_a_reason():
    results = load(lambda rows: {"ids": False, "messages": []}, [("a",)])
    assert results[0].error == "Odoo kept nothing and gave no reason"


def test_a_row_that_makes_odoo_itself_fail_is_found():
    def call(rows):
        if ("bad",) in rows:
            raise OdooServerFault("Odoo failed: some module")
        return {"ids": list(range(len(rows))), "messages": []}

    results = load(call, [("a",)] * 40 + [("bad",)] + [("b",)] * 59)
    assert [place for place, one in enumerate(results) if one.error] == [40]


def test_a_fault_that_every_row_brings_is_raised_after_few_calls():
    calls = []

    def call(rows):
        calls.append(rows)
        raise OdooServerFault("Odoo failed: broken module")

    with pytest.raises(OdooServerFault):
        load(call, [("a",)] * 100)
    assert len(calls) < 12


def test_a_broken_connection_passes_through():
    def call(rows):
        raise OdooUnreachable("away")

    with pytest.raises(OdooUnreachable):
        load(call, [("a",)])
