"""Processes that push until they are killed: `kill -9` at any instant is part of the test.

They come from a fork server that has imported the product already, so that a new one is at
work within milliseconds.
"""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.errors import FaceAttendanceError
from tests.faults.place import Place, Push, by_delivery, by_pull, by_range, by_short_pull, hurry

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.workers", "backend.store", "backend.desks.attendance",
                               "backend.odoo.bridge.push"])
SHORT_PULLS = 0.15
"""Seconds between two short pulls, at most."""
BY_HAND = 0.1
"""How often a worker pushes everything by hand, or pulls, instead of delivering what is due."""


def work(place: Place, seed: str, sabotage: str) -> None:
    """The process's whole life."""
    if sabotage:
        from tests.faults.sabotage import ways
        ways[sabotage]()
    hurry()
    parent = multiprocessing.parent_process()  # not the fork server, which lives for as long as we do
    system = place.system()

    def lane(name: str, ways: Sequence[Push], weights: Sequence[float], pause: float) -> None:
        dice = random.Random(f"{seed}/{name}")
        try:
            while not place.stopping and parent.is_alive():
                try:
                    if not dice.choices(ways, weights)[0](system):
                        time.sleep(dice.uniform(0, pause))
                except FaceAttendanceError as error:
                    _note(place, f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
        except Exception:
            _note(place, traceback.format_exc())
            raise

    people = threading.Thread(target=lane, args=("people", (by_short_pull,), (1,), SHORT_PULLS))
    people.start()
    try:
        lane("rows", (by_delivery, by_range, by_pull), (1 - BY_HAND, BY_HAND / 2, BY_HAND / 2), 0.05)
    finally:
        people.join()
        system.close()


def _note(place: Place, text: str) -> None:
    with (place.folder / "crashes").open("a") as file:
        file.write(f"{text}\n---\n")


def crashes(folder: Path) -> list[str]:
    """What broke a worker that should not have."""
    file = folder / "crashes"
    return file.read_text().split("\n---\n")[:-1] if file.exists() else []


class Workers:
    """Some workers at once; `kill` takes one of them without warning, `begin` brings another."""

    def __init__(self, place: Place, seed: int, sabotage: str = "") -> None:
        self._place = place
        self._seed = seed
        self._sabotage = sabotage
        self._began = 0
        self.running: dict[int, Any] = {}

    def begin(self) -> int:
        self._began += 1
        process = _FORKS.Process(target=work, args=(
            self._place, f"{self._seed}/worker/{self._began}", self._sabotage), daemon=True)
        process.start()
        self.running[self._began] = process
        return self._began

    def kill(self, number: int) -> None:
        process = self.running.pop(number)
        process.kill()
        process.join()
        process.close()

    def stop(self, longest: float) -> list[int]:
        """Let them finish what they have in hand; who takes longer is killed, and told."""
        self._place.stop()
        killed = []
        deadline = time.monotonic() + longest
        for number, process in list(self.running.items()):
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                killed.append(number)
            self.kill(number)
        self._place.stop(False)
        return killed
