"""How much one caller may take, and when a guesser has to wait."""

from __future__ import annotations

import pytest

from backend.web import limits
from backend.web.limits import LockOut, RateLimit, Slots


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_a_caller_may_send_so_many_and_then_waits(seconds: Seconds) -> None:
    rate = RateLimit(3, seconds)
    assert [rate.take("alice") for _ in range(3)] == [0, 0, 0]
    assert rate.take("alice") == 20  # three a minute is one every twenty seconds
    seconds.now += 20
    assert rate.take("alice") == 0


def test_one_caller_does_not_use_up_anothers(seconds: Seconds) -> None:
    rate = RateLimit(1, seconds)
    assert rate.take("alice") == 0
    assert rate.take("alice") > 0
    assert rate.take("bob") == 0


def test_a_bucket_never_holds_more_than_a_minutes_worth(seconds: Seconds) -> None:
    rate = RateLimit(2, seconds)
    rate.take("alice")
    seconds.now += 3600
    assert [rate.take("alice") == 0 for _ in range(3)] == [True, True, False]


def test_a_key_may_have_a_limit_of_its_own(seconds: Seconds) -> None:
    rate = RateLimit(1, seconds)
    assert [rate.take("turnstile", 2) == 0 for _ in range(3)] == [True, True, False]


def test_a_flood_of_callers_does_not_fill_the_memory(seconds: Seconds, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_CALLERS", 10)
    rate, lock = RateLimit(5, seconds), LockOut(5, now=seconds)
    for number in range(100):
        rate.take(f"caller {number}")
        lock.count(f"address {number}")
    assert len(rate._buckets) == len(lock._tries) == 10


def test_who_guesses_wrong_too_often_waits(seconds: Seconds) -> None:
    lock = LockOut(3, window=300, now=seconds)
    assert [lock.count("10.0.0.9") for _ in range(2)] == [0, 0]
    seconds.now += 100
    assert lock.count("10.0.0.9") == 200  # until the first of the three is five minutes old
    assert lock.wait("10.0.0.8") == 0
    seconds.now += 200
    assert lock.wait("10.0.0.9") == 0


def test_who_gets_it_right_is_forgiven(seconds: Seconds) -> None:
    lock = LockOut(2, now=seconds)
    lock.count("10.0.0.9")
    lock.forgive("10.0.0.9")
    assert lock.count("10.0.0.9") == 0


def test_places_are_given_back() -> None:
    slots = Slots(1)
    with slots.held() as first, slots.held() as second:
        assert (first, second) == (True, False)
    assert slots.take()
