"""The web server, the jobs and a command typed by hand call one Odoo, and together no faster than one of them may."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.odoo import pacing
from backend.odoo.errors import OdooAskedToWait, OdooBusy
from backend.odoo.pace import InFolder
from backend.odoo.pacing import Pacer
from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import Answer
from tests.odoo.stories import Time

SERVER = "company.odoo.com"
CALLER = """
import sys, time
from backend.odoo.pacing import pacer_of
pacer = pacer_of("https://company.odoo.com", float(sys.argv[2]), sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[3])):
    pacer.wait()
    print(time.time(), flush=True)
"""


@pytest.fixture
def time():
    return Time(1_772_438_400.0)


def process(folder, time, rate=1.0):
    """What a process has of the pace: it shares no memory with another one."""
    return Pacer(rate, InFolder(folder, SERVER, time), monotonic=time, sleep=time.sleep)


def test_two_processes_together_keep_to_one_rate(tmp_path):
    callers = [subprocess.Popen([sys.executable, "-c", CALLER, str(tmp_path), "5", "10"], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for one in callers:
        assert one.stdout.readline() == "ready\n"
    for one in callers:
        one.stdin.write("go\n")
        one.stdin.flush()
    times = sorted(float(line) for one in callers for line in one.communicate(timeout=60)[0].split())
    assert len(times) == 20
    # What is told is when the turn was over, a little after it was given.
    assert all(later - first > 0.9 for first, later in zip(times, times[5:], strict=False)), times


@settings(max_examples=60, deadline=None)
@given(rate=st.sampled_from([0.2, 1.0, 2.5, 5.0]),
       steps=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["call", "complained", "went_well", "ends"]),
                                st.floats(0, 3)), min_size=10, max_size=60))
def test_whoever_calls_it_is_never_more_than_the_rate_in_any_second(tmp_path_factory, rate, steps):
    folder, time = tmp_path_factory.mktemp("data"), Time(1_772_438_400.0)
    processes = [process(folder, time, rate) for _ in range(3)]
    calls = []
    for who, what, pause in steps:
        time.now += pause if pause > 2 else 0
        if what == "complained":
            processes[who].complained(pause)
        elif what == "went_well":
            processes[who].went_well()
        elif what == "ends":
            processes[who] = process(folder, time, rate)
        else:
            processes[who].wait()
            calls.append(time.now)
    burst = int(processes[0].burst)
    for first, later in zip(calls, calls[burst:], strict=False):
        assert later - first >= burst / rate - 1e-3


def test_what_one_is_told_all_of_them_heed(tmp_path, time):
    one, other = process(tmp_path, time, 4.0), process(tmp_path, time, 4.0)
    one.complained(30)
    assert other.rate == 2.0
    with pytest.raises(OdooAskedToWait) as told:
        other.wait(longest=5)
    assert told.value.retry_after == 30
    other.wait(longest=60)
    assert time.now == 1_772_438_430.0
    for _ in range(100):
        other.went_well()
    assert one.rate == 4.0


def test_a_process_that_starts_later_knows_what_was_called_before_it(tmp_path, time):
    process(tmp_path, time).wait()
    process(tmp_path, time).wait()
    assert time.now == pytest.approx(1_772_438_401.0, abs=1e-3)


def test_a_clock_that_was_set_back_stops_nobody_for_long(tmp_path, time):
    one = process(tmp_path, time)
    one.complained(600)
    one.wait()
    time.now -= 86_400
    begun = time.now
    for _ in range(3):
        one.wait()
    assert time.now - begun < 10


@pytest.mark.parametrize("back", [0.005, 30, 86_400])
def test_a_clock_that_was_set_back_forgets_no_retry_after(tmp_path, time, back):
    process(tmp_path, time).complained(600)
    time.now -= back
    for _ in range(2):
        with pytest.raises(OdooAskedToWait) as told:
            process(tmp_path, time).wait(longest=5)
        assert told.value.retry_after == 600
    time.now += 599
    with pytest.raises(OdooAskedToWait):
        process(tmp_path, time).wait(longest=0.5)
    begun = time.now
    process(tmp_path, time).wait(longest=5)
    assert time.now - begun == pytest.approx(1, abs=1e-3)


def test_no_file_closes_for_longer_than_a_server_may_ask(tmp_path, time):
    process(tmp_path, time).wait()
    [file] = (tmp_path / "pace").glob("*.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"closed_until": time.now + 86_400}))
    with pytest.raises(OdooAskedToWait) as told:
        process(tmp_path, time).wait(longest=5)
    assert told.value.retry_after == 600


def test_who_is_killed_while_it_writes_loses_no_retry_after(tmp_path, time, monkeypatch):
    def killed(file, text):
        file.open("w").close()
        raise KeyboardInterrupt

    process(tmp_path, time).complained(600)
    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(Path, "write_text", killed)
        process(tmp_path, time).complained(30)
    with pytest.raises(OdooAskedToWait) as told:
        process(tmp_path, time).wait(longest=5)
    assert told.value.retry_after == 600


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"share": 0}', '{"newest": 3}', '{"share": "x"}',
                                  '{"tokens": NaN}', '{"tokens": -1e12}', '{"share": 1e-9}', '{"pace": 1}',
                                  "\x00" * 90, '{"tokens": 1' + "0" * 400 + "}", "[" * 100_000],
                         ids=lambda text: text[:20].replace("\x00", "0"))
def test_a_file_that_was_cut_short_is_as_none(tmp_path, time, text):
    process(tmp_path, time).wait()
    [file] = (tmp_path / "pace").glob("*.json")
    file.write_text(text)
    process(tmp_path, time).wait()
    assert json.loads(file.read_text())["newest"] == [time.now]


def test_a_folder_that_cannot_be_written_stops_nobody_and_is_told_once(tmp_path, time, caplog):
    (tmp_path / "pace").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        one = process(tmp_path, time)
        for _ in range(3):
            one.wait()
    assert time.now == pytest.approx(1_772_438_402.0), "it paces itself all the same"
    assert [record.message for record in caplog.records if "calls" in record.message or "called" in record.message] == [
        f"How fast Odoo is called cannot be shared between processes, so that each goes by itself: "
        f"{tmp_path / 'pace' / SERVER}.json cannot be used (File exists)"]


def test_servers_do_not_wait_for_one_another(tmp_path, time):
    for server in (SERVER, "other.odoo.com", "[::1]:8069", "localhost:8069"):
        Pacer(1.0, InFolder(tmp_path, server, time), monotonic=time, sleep=time.sleep).wait()
    assert time.now == 1_772_438_400.0
    assert len(list((tmp_path / "pace").glob("*.json"))) == 4


def test_all_processes_of_an_installation_share_it(desk, parts, odoo, monkeypatch):
    def other_process():
        monkeypatch.setattr(pacing, "_pacers", {})
        return OdooConnector(**desk.get_odoo_config() | {"retries": 0})

    assert desk.get_odoo_config()["pace_folder"] == str(parts.settings.data_path)
    other_process().connect()

    def complain(call):
        raise Answer(429, b"slow down", headers={"Retry-After": "40"})

    odoo.hooks.before.append(complain)
    with pytest.raises(OdooBusy):
        other_process().connect()
    sent = len(odoo.calls)
    with pytest.raises(OdooAskedToWait):
        other_process().connect()
    assert len(odoo.calls) == sent
