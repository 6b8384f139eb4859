"""What is tried again, how often, after which waits, and what never is."""

from __future__ import annotations

import time

import pytest

from backend.odoo.breaker import CircuitBreaker
from backend.odoo.client import OdooClient
from backend.odoo.errors import (
    OdooAccessDenied,
    OdooAnswerTooLarge,
    OdooBusy,
    OdooDatabaseDown,
    OdooNotOdoo,
    OdooOutOfTime,
    OdooRefused,
    OdooResting,
    OdooTimeout,
    OdooTransient,
    OdooUnreachable,
)
from backend.odoo.protocol import Login
from backend.odoo.retrying import Repeater, patience, unclear_calls
from backend.odoo.transports import Http, Limits, choose
from backend.odoo_simulator import Answer, DropConnection

REFUSED = OdooUnreachable("refused", may_have_arrived=False)
LOST = OdooUnreachable("broke")
LOGIN = Login("o18", "bridge", "bridge")


class Script:
    """Raises one error after the other, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def repeat(waits) -> Repeater:
    return Repeater(5, sleep=waits.append)


@pytest.mark.parametrize(("error", "first", "longest"), [
    (REFUSED, 1, 30), (LOST, 0.2, 10), (OdooBusy("503"), 1, 60), (OdooDatabaseDown("x"), 2, 60),
    (OdooTransient("serialization"), 0.1, 5)], ids=["refused", "lost", "busy", "database", "serialization"])
def test_a_patient_run_tries_five_times_more_with_growing_random_waits(repeat, waits, error, first, longest):
    script = Script(*[error] * 5)
    with patience(by_hand=False):
        assert repeat(script, "load") == "answer"
    assert script.calls == 6 and len(waits) == 5
    assert all(0 <= wait <= min(longest, first * 2 ** place) for place, wait in enumerate(waits))
    assert len({round(wait, 9) for wait in waits}) == 5, "full jitter"


def test_after_its_repeats_the_last_error_is_raised(repeat):
    script = Script(*[REFUSED] * 9)
    with patience(by_hand=False), pytest.raises(OdooUnreachable):
        repeat(script, "load")
    assert script.calls == 6


@pytest.mark.parametrize("error", [
    OdooRefused("overlap"), OdooAccessDenied("no"), OdooAnswerTooLarge("big"), ValueError("ours"),
    OdooResting("open", may_have_arrived=False), OdooOutOfTime("over")])
def test_permanent_and_fatal_errors_are_never_repeated(repeat, error):
    script = Script(error)
    with patience(by_hand=False), pytest.raises(type(error)):
        repeat(script, "load")
    assert script.calls == 1


def test_somebody_who_waits_hears_at_once_that_odoo_is_away(repeat, waits):
    for error in (REFUSED, OdooDatabaseDown("x")):
        with pytest.raises(type(error)):
            repeat(Script(error), "load")
    assert waits == []


def test_a_lost_answer_is_asked_for_again_by_hand_too(repeat, waits):
    assert repeat(Script(LOST), "load") == "answer"
    assert repeat(Script(OdooTimeout("slow")), "load") == "answer"
    assert max(waits) <= 1
    with pytest.raises(OdooTimeout):
        repeat(Script(OdooTimeout("slow")), "search_read")


def test_what_the_server_asks_for_is_waited_for(repeat, waits):
    with patience(by_hand=False):
        repeat(Script(OdooBusy("429", asked=17.0)), "load")
    assert 17 <= waits[0] <= 18
    with pytest.raises(OdooBusy):  # nobody sits before a page for that long
        repeat(Script(OdooBusy("429", asked=17.0)), "load")


def test_a_create_whose_answer_was_lost_is_not_made_again(repeat):
    script = Script(LOST)
    with patience(by_hand=False), pytest.raises(OdooUnreachable):
        repeat(script, "create")
    assert script.calls == 1
    assert repeat(Script(OdooTransient("serialization")), "create") == "answer"


def test_garbage_is_an_accident_only_where_odoo_has_spoken_before(repeat):
    assert repeat(Script(OdooNotOdoo("html")), "load") == "answer"
    with pytest.raises(OdooNotOdoo):
        repeat(Script(OdooNotOdoo("html")))


def test_an_error_tells_that_an_earlier_try_may_have_arrived(repeat):
    for last in (OdooUnreachable("refused", may_have_arrived=False), OdooRefused("no")):
        with pytest.raises(type(last)) as told:
            repeat(Script(OdooUnreachable("broke"), last), "load")
        assert told.value.may_have_arrived
    with pytest.raises(OdooRefused) as told:
        repeat(Script(OdooRefused("no")), "load")
    assert not told.value.may_have_arrived


def test_who_wants_to_know_is_told_of_answers_that_were_lost_on_the_way(repeat):
    with unclear_calls() as unclear:
        repeat(Script(), "load")
        repeat(Script(OdooTransient("rolled back")), "load")
        repeat(Script(LOST), "read")
        assert unclear == []
        repeat(Script(LOST), "load")
    assert unclear == ["load"]


def test_leases_are_kept_alive_between_tries(repeat):
    alive = []
    with patience(by_hand=False, alive=lambda: alive.append(1)):
        repeat(Script(LOST, LOST), "load")
    assert len(alive) == 2


def test_no_wait_goes_beyond_the_end_of_the_run(repeat, waits):
    script = Script(OdooBusy("429", asked=60.0))
    with patience(by_hand=False, budget=30), pytest.raises(OdooBusy):
        repeat(script, "load")
    assert (script.calls, waits) == (1, [])


@pytest.fixture
def client(odoo18):
    made = OdooClient(choose("auto", Http(odoo18.url, Limits(2, 2)), LOGIN), LOGIN,
                      CircuitBreaker(), repeat=Repeater(5, sleep=lambda seconds: None))
    yield made
    made.close()


def test_a_client_carries_on_over_a_bad_line(client, odoo18):
    bad = iter([DropConnection(), Answer(502, b"bad gateway"), Answer(200, b"<html>hello"), None])

    def break_some(call):
        if call.model == "hr.employee" and (fault := next(bad, None)) is not None:
            raise fault

    odoo18.hooks.before.append(break_some)
    with patience(by_hand=False):
        assert client.execute("hr.employee", "search_count", [["id", "=", 2]]) == 1
    assert sum(call.service == "common" for call in odoo18.calls) == 1, "it logs in once"


def test_a_run_out_of_time_makes_no_further_call(client, odoo18):
    client.uid()
    seen = len(odoo18.calls)
    with patience(by_hand=False, budget=-1), pytest.raises(OdooOutOfTime):
        client.execute("hr.employee", "search_count", [])
    assert len(odoo18.calls) == seen


def test_while_one_waits_for_its_next_try_another_goes_on(odoo18):
    """A patient run must not hold up who shares its connection."""
    done = []

    def meanwhile(seconds):
        done.append(client.execute("hr.employee", "search_count", [["id", "=", 2]]))

    client = OdooClient(choose("auto", Http(odoo18.url, Limits(2, 2)), LOGIN), LOGIN,
                        CircuitBreaker(), repeat=Repeater(1, sleep=meanwhile))
    faults = iter([DropConnection()])

    def lose_one(call):
        if call.model and (fault := next(faults, None)):
            raise fault

    odoo18.hooks.before.append(lose_one)
    assert client.execute("hr.employee", "search_count", [["id", "=", 3]]) == 1
    assert done == [1]


def test_half_open_the_breaker_asks_for_the_version_first(odoo18):
    now = 0.0
    breaker = CircuitBreaker(monotonic=lambda: now, chance=lambda: 1.0)
    client = OdooClient(choose("auto", Http(odoo18.url, Limits(2, 2)), LOGIN), LOGIN,
                        breaker, repeat=Repeater(0))
    client.uid()

    def away(call):
        raise DropConnection

    odoo18.hooks.before.append(away)
    for _ in range(5):
        with pytest.raises(OdooUnreachable):
            client.execute("hr.employee", "search_count", [])
    assert breaker.state == "open"
    seen = len(odoo18.calls)
    with pytest.raises(OdooResting):
        client.execute("hr.employee", "search_count", [])
    assert len(odoo18.calls) == seen
    now = 4.0
    assert breaker.state == "half_open"
    with pytest.raises(OdooUnreachable):
        client.execute("hr.attendance", "load", ["id"], [])
    assert [call.method for call in odoo18.calls[seen:]] == ["version"], "the heavy call was spared"
    assert breaker.state == "open"
    odoo18.hooks.before.remove(away)
    now = 11.9
    assert breaker.state == "open", "the second rest is twice as long"
    now = 12.0
    assert client.execute("hr.employee", "search_count", [["id", "=", 2]]) == 1
    assert (breaker.state, breaker.failure_count) == ("closed", 0)


def test_rests_grow_to_a_minute_and_are_jittered():
    assert rests(chance=1.0) == [4, 8, 16, 32, 60, 60, 60]
    assert rests(chance=0.0) == [2, 4, 8, 16, 30, 30, 30]


def rests(chance: float) -> list[float]:
    """How long the breaker of a server that never answers stays open, time after time."""
    now = 0.0
    breaker = CircuitBreaker(monotonic=lambda: now, chance=lambda: chance)
    found = []
    for _ in range(11):
        with pytest.raises(OdooUnreachable), breaker.guard():
            raise OdooUnreachable("away")
        begun = now
        while breaker.state == "open":
            now += 0.5
        if now > begun:
            found.append(now - begun)
    return found


def test_a_probe_by_hand_goes_through_an_open_breaker(client, odoo18):
    odoo18.stop()
    for _ in range(5):
        with pytest.raises(OdooUnreachable):
            client.version()
    with pytest.raises(OdooResting):
        client.version()
    odoo18.start()
    began = time.monotonic()
    assert client.probe().major == 18
    assert client.version().major == 18 and time.monotonic() - began < 10
