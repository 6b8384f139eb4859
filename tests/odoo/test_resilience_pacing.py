"""How fast Odoo is called, whoever calls it, and what it is granted when it complains."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.odoo import pacing
from backend.odoo.errors import OdooAskedToWait, OdooBusy, OdooOutOfTime
from backend.odoo.pacing import Pacer, asked_for, pacer_of, usual_rate
from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import Answer
from tests.odoo.stories import Time, credentials


def paced(rate: float) -> tuple[Pacer, Time]:
    time = Time()
    return Pacer(rate, monotonic=time, sleep=time.sleep), time


@settings(max_examples=150, deadline=None)
@given(rate=st.sampled_from([0.2, 1.0, 2.5, 5.0, 17.0]),
       steps=st.lists(st.tuples(st.sampled_from(["call", "complained", "went_well"]),
                                st.floats(0, 3)), min_size=10, max_size=80))
def test_never_more_than_the_rate_in_any_second(rate, steps):
    pacer, time = paced(rate)
    calls = []
    for what, pause in steps:
        time.now += pause if pause > 2 else 0
        if what == "complained":
            pacer.complained(pause)
        elif what == "went_well":
            pacer.went_well()
        else:
            pacer.wait()
            calls.append(time.now)
    assert pacer.burst <= max(1.0, rate)
    burst = int(pacer.burst)
    for first, later in zip(calls, calls[burst:], strict=False):
        assert later - first >= burst / rate - 1e-6, "one burst of calls, then none until its time is over"


def test_five_calls_go_at_once_and_the_next_one_in_the_next_second():
    pacer, time = paced(5)
    for _ in range(5):
        pacer.wait()
    assert time.now == 1000.0
    pacer.wait()
    assert time.now == pytest.approx(1001.0)


def test_a_rate_of_zero_never_waits():
    pacer, time = paced(0)
    for _ in range(1000):
        pacer.wait()
    assert time.now == 1000.0


def test_a_complaint_halves_the_rate_which_grows_back_slowly():
    pacer, _ = paced(4)
    pacer.complained()
    assert pacer.rate == 2.0
    pacer.complained()
    assert pacer.rate == 1.0
    pacer.went_well()
    assert 1.0 < pacer.rate < 1.2
    for _ in range(100):
        pacer.went_well()
    assert pacer.rate == 4.0
    for _ in range(50):
        pacer.complained()
    assert pacer.rate == 0.25, "it never comes to a standstill"


def test_what_the_server_asked_for_is_waited_for_unless_a_person_waits():
    pacer, time = paced(5)
    pacer.complained(30)
    with pytest.raises(OdooAskedToWait) as told:
        pacer.wait(longest=5)
    assert (told.value.code, told.value.retry_after) == ("odoo_busy", 30)
    pacer.wait(longest=60)
    assert time.now == 1030.0


def test_nobody_waits_beyond_the_end_of_a_run():
    pacer, time = paced(1)
    pacer.wait(deadline=1000.5)
    with pytest.raises(OdooOutOfTime):
        pacer.wait(deadline=1000.5)
    assert time.now == 1000.0


@pytest.mark.parametrize(("header", "seconds"), [
    ("7", 7.0), (" 7 ", 7.0), ("0", 0.0), ("Mon, 02 Mar 2026 08:00:30 GMT", 30.0),
    ("Mon, 02 Mar 2026 07:00:00 GMT", 0.0), ("99999999", 600.0), ("soon", None), ("", None), (None, None),
    ("-5", None), ("١٢", None)])
def test_retry_after_as_seconds_or_as_a_date(header, seconds):
    assert asked_for(header, lambda: datetime(2026, 3, 2, 8, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(("url", "rate"), [
    ("https://company.odoo.com", 1.0), ("https://COMPANY.Odoo.com:443", 1.0),
    ("https://odoo.com", 1.0), ("https://company.odoo.com.", 1.0),
    ("https://odoo.example.com", 5.0), ("https://notodoo.com", 5.0), ("http://odoo.com.example.com", 5.0)])
def test_odoo_online_is_called_once_a_second(monkeypatch, url, rate):
    monkeypatch.setattr(pacing, "CALLS_PER_SECOND", 5.0)
    assert usual_rate(url) == rate


def test_connectors_to_one_server_share_its_pacer(odoo18, monkeypatch):
    monkeypatch.setattr(pacing, "CALLS_PER_SECOND", 5.0)
    assert pacer_of(odoo18.url) is pacer_of(odoo18.url + "/")
    assert pacer_of(odoo18.url) is not pacer_of("https://odoo.example.com")
    connectors = [OdooConnector(**credentials(odoo18)) for _ in range(4)]
    threads = [threading.Thread(target=lambda one=one: [one.client.probe() for _ in range(3)])
               for one in connectors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(call.at for call in odoo18.calls)
    assert len(times) == 12
    assert (times[-1] - times[0]).total_seconds() >= 1.9, "five in each second"


def test_a_429_of_the_server_slows_all_down(odoo18):
    def complain(call):
        raise Answer(429, b"slow down", headers={"Retry-After": "40"})

    odoo18.hooks.before.append(complain)
    one, other = OdooConnector(**credentials(odoo18)), OdooConnector(**credentials(odoo18))
    with pytest.raises(OdooBusy) as refused:
        one.connect()
    assert (refused.value.asked, refused.value.retry_after) == (40.0, 40)
    with pytest.raises(OdooAskedToWait):
        other.connect()
    assert len(odoo18.calls) == 1


@pytest.mark.parametrize(("status", "headers", "share"), [
    (429, {}, 1 / 2), (503, {}, 1 / 2), (502, {"Retry-After": "1"}, 1 / 2), (500, {}, 1), (502, {}, 1), (504, {}, 1),
    (520, {}, 1)])
def test_only_a_server_that_says_that_it_is_too_much_is_called_more_slowly(odoo18, status, headers, share):
    """A proxy whose Odoo is started anew says nothing of how fast it may be called afterwards."""
    def fail(call):
        raise Answer(status, b"a page", headers=headers)

    odoo18.hooks.before.append(fail)
    connector = OdooConnector(**credentials(odoo18), retries=0, calls_per_second=50)
    with pytest.raises(OdooBusy):
        connector.connect()
    assert pacer_of(odoo18.url, 50).rate == 50 * share
