"""Plays frames to a loop in their own time, and keeps the score.

Both loops are given the frames as a live camera would give them: the newest there is when the one
before is done. Time goes by in CPU seconds of the work itself, so that other programs on the
machine do not count; decoding the video is in neither figure.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.camera.loops import Looker
from benchmarks.camera.script import RATE, Script

GRACE = 0.5   # seconds after a visit in which a name may still be shown


@dataclass
class Score:
    """What a loop did: CPU seconds, frames looked at, and when it first named whom in each visit."""

    cpu: float = 0.0
    seconds: float = 0.0
    processed: int = 0
    latencies: list[float] = field(default_factory=list)
    enrolled_visits: int = 0
    stranger_visits: int = 0
    missed: int = 0
    wrong_names: int = 0
    strangers_named: int = 0

    @property
    def cpu_per_minute(self) -> float:
        return self.cpu / self.seconds * 60

    def as_dict(self) -> dict[str, Any]:
        ordered = sorted(self.latencies)
        return {
            "cpu_seconds_per_minute": round(self.cpu_per_minute, 3),
            "frames_taken": self.processed,
            "latency_median": round(statistics.median(ordered), 3) if ordered else None,
            "latency_p95": round(float(np.quantile(ordered, 0.95)), 3) if ordered else None,
            "enrolled_visits": self.enrolled_visits, "missed": self.missed,
            "wrong_names": self.wrong_names, "stranger_visits": self.stranger_visits,
            "strangers_named": self.strangers_named}


def play(frames: Iterable[tuple[float, np.ndarray]], period: float, look: Looker, score: Score,
         start: float = 0.0) -> list[tuple[float, set[str]]]:
    """Plays `frames`, (seconds, picture) `period` seconds apart, and adds to `score`.

    Answers when, in the frames' own seconds, which names were shown. `start` is the loop's time
    at the first frame.
    """
    told: list[tuple[float, set[str]]] = []
    free = last = 0.0
    for at, frame in frames:
        last = at
        if at + period <= free:
            continue  # a newer frame is there by the time the loop is free
        before = time.process_time()
        names = look(frame, start + max(at, free))
        spent = time.process_time() - before
        score.cpu += spent
        score.processed += 1
        free = max(at, free) + spent
        told.append((free, set(names)))
    score.seconds += last + period
    return told


def play_script(script: Script, look: Looker, rounds: int, start: float) -> Score:
    """The whole clip, `rounds` times; `start` is the loop's time at the first frame."""
    score = Score()
    for number in range(rounds):
        told = play(script.frames(), 1 / RATE, look, score, start + number * script.seconds)
        _judge(script, told, score)
    return score


def _judge(script: Script, told: list[tuple[float, set[str]]], score: Score) -> None:
    for visit in script.visits:
        during = [(at, names) for at, names in told if visit.enters <= at <= visit.leaves + GRACE]
        others = {name for _, names in during for name in names} - {visit.name}
        if visit.name is None:
            score.stranger_visits += 1
            score.strangers_named += bool(others)
            continue
        score.enrolled_visits += 1
        score.wrong_names += bool(others)
        first = next((at for at, names in during if visit.name in names), None)
        if first is None:
            score.missed += 1
        else:
            score.latencies.append(first - visit.enters)
