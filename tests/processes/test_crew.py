"""The crew keeps its children alive: killed, hung, crashing, or orphaned."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.lifeline import FAREWELL, Lifeline
from backend.processes.child import ChildSpec
from backend.processes.crew import Child, Crew, Restarts
from tests.processes import crew_parts

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


class News:
    """What the crew told, in order."""

    def __init__(self) -> None:
        self.ready: list[str] = []
        self.deaths: list[tuple[str, str]] = []

    def crew(self) -> Crew:
        return Crew(on_ready=lambda child: self.ready.append(child.spec.name),
                    on_death=lambda child, what: self.deaths.append((child.spec.name, what)))


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
def crew(news: News) -> Iterator[Crew]:
    crew = news.crew()
    yield crew
    crew.stop(grace=1.0)


def step_until(crew: Crew, done: Callable[[], bool], seconds: float = 15.0) -> float:
    """Steps until `done()`; returns the seconds it took."""
    begun = time.monotonic()
    while not done():
        assert time.monotonic() - begun < seconds, "not in time"
        crew.step(0.05)
    return time.monotonic() - begun


def running(crew: Crew, name: str) -> Child:
    step_until(crew, lambda: crew[name].facts is not None)
    return crew[name]


@posix
def test_a_killed_child_is_back_within_two_seconds(crew: Crew, news: News) -> None:
    crew.add(ChildSpec("worker", crew_parts.beat_on))
    first = running(crew, "worker").pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    took = step_until(crew, lambda: crew["worker"].pid not in (first, None))
    assert took < 2.0 + 3
    assert running(crew, "worker").pid != first
    assert news.deaths == [("worker", "killed by SIGKILL")]
    assert news.ready == ["worker", "worker"]


@posix
def test_a_hung_child_is_killed_and_replaced(crew: Crew, news: News) -> None:
    crew.add(ChildSpec("worker", crew_parts.beat_on, silence=1.0))
    first = running(crew, "worker").pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    took = step_until(crew, lambda: crew["worker"].pid not in (first, None))
    assert 0.7 < took < 1.0 + 2.0 + 7
    assert news.deaths == [("worker", "hangs: no sign of life")]
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_a_child_that_beats_is_left_alone(crew: Crew, news: News) -> None:
    crew.add(ChildSpec("worker", crew_parts.beat_on, silence=3.0))
    first = running(crew, "worker").pid
    end = time.monotonic() + 6
    step_until(crew, lambda: time.monotonic() > end)
    assert crew["worker"].pid == first and news.deaths == []


def test_a_child_that_never_starts_up_is_replaced(crew: Crew, news: News) -> None:
    crew.add(ChildSpec("stuck", time_sleep_forever, start_time=1.0))
    step_until(crew, lambda: crew["stuck"].starts == 2)
    assert news.deaths == [("stuck", "hangs: no sign of life")]


def time_sleep_forever(lifeline: Lifeline) -> None:
    time.sleep(3600)


def test_a_silence_of_the_whole_machine_is_nobodys_fault(crew: Crew, news: News) -> None:
    crew.add(ChildSpec("worker", crew_parts.beat_on, silence=1.0))
    child = running(crew, "worker")
    first = child.pid
    crew._stepped -= 30  # as after a suspend: the last step was long ago, and so was the last beat
    child._heard -= 30  # type: ignore[operator]
    crew.step(0.0)
    end = time.monotonic() + 0.5
    step_until(crew, lambda: time.monotonic() > end)
    assert crew["worker"].pid == first and news.deaths == []


def test_a_child_that_keeps_crashing_is_started_less_and_less(crew: Crew, news: News) -> None:
    crew.add(ChildSpec("broken", crew_parts.crash))
    step_until(crew, lambda: len(news.deaths) == 5)
    step_until(crew, lambda: crew["broken"].process is None)
    waits = crew["broken"].start_at - time.monotonic()
    assert 1.0 < waits <= 2.0
    assert news.deaths[0] == ("broken", "ended with exit code 3")


def test_waits_double_up_to_a_minute_and_a_long_life_forgives() -> None:
    restarts = Restarts()
    now, waits = 0.0, []
    for _ in range(12):
        waits.append(restarts.delay(now, lived=0.5))
        now += waits[-1] + 0.5
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60]
    assert restarts.delay(now, lived=61.0) == 0
    slow = Restarts()
    assert [slow.delay(at, lived=20.0) for at in range(0, 400, 20)] == [0.0] * 20


def test_a_system_without_room_for_a_process_disturbs_no_other(
        crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    crew.add(ChildSpec("worker", crew_parts.beat_on))
    first = running(crew, "worker").pid

    def refuse(process: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    with monkeypatch.context() as full:
        full.setattr("multiprocessing.context.SpawnProcess.start", refuse)
        crew.add(ChildSpec("late", crew_parts.beat_on))
        crew.step(0.05)
        crew.step(0.05)
    assert crew["late"].process is None and 4 < crew["late"].start_at - time.monotonic() <= 5
    assert crew["worker"].pid == first
    crew["late"].start_at = 0
    running(crew, "late")


def test_the_last_words_of_a_failing_child_are_kept(crew: Crew, news: News) -> None:
    crew.add(ChildSpec("picky", crew_parts.refuse, log_level="critical"))
    step_until(crew, lambda: bool(news.deaths))
    assert news.deaths[0] == ("picky", "the moon is in the wrong house")
    assert not crew["picky"].was_ready


def test_a_removed_child_ends_by_itself_and_is_not_started_again(
        crew: Crew, news: News, tmp_path: Path) -> None:
    crew.add(ChildSpec("worker", crew_parts.beat_on, (tmp_path / "note",)))
    running(crew, "worker")
    crew.remove("worker")
    step_until(crew, lambda: "worker" not in crew.names)
    assert (tmp_path / "note").read_text() == "ended by itself"
    assert news.deaths == []


@posix
def test_stopping_asks_first_and_kills_the_deaf(news: News, tmp_path: Path) -> None:
    crew = news.crew()
    crew.add(ChildSpec("worker", crew_parts.beat_on, (tmp_path / "note",)))
    crew.add(ChildSpec("deaf", crew_parts.hang, silence=600))
    deaf, worker = running(crew, "deaf").pid, running(crew, "worker").pid
    assert crew.stop(grace=1.0) is False
    assert (tmp_path / "note").read_text() == "ended by itself"
    for pid in (deaf, worker):
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@posix
def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    notes = tmp_path / "pids"
    parent = multiprocessing.get_context("spawn").Process(
        target=crew_parts.lead, args=(notes,))
    parent.start()
    deadline = time.monotonic() + 20
    while not (notes.exists() and len(notes.read_text().split()) == 2):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    children = [int(pid) for pid in notes.read_text().split()]
    parent.kill()
    parent.join()
    killed = time.monotonic()
    while any(_alive(pid) for pid in children):
        assert time.monotonic() - killed < FAREWELL + 10
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    """Whether the process runs; a zombie that nobody has waited for yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z" if stat.exists() else True
    except (FileNotFoundError, ProcessLookupError):
        return False
