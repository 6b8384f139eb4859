"""The crew: children that are kept alive. Knows nothing of what they do.

One thread calls `step` again and again; everything happens there, so nothing is locked. A
child that dies is started anew at once, one that is silent for too long is killed first, and
one that dies five times in a minute has to wait longer and longer.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from backend.processes.child import SIGNALS, ChildSpec, enter

log = logging.getLogger(__name__)

STOP_GRACE = 8.0
"""Seconds that children have for a clean end, a write to a slow disk included."""

_NO_ROOM = 5.0
"""Seconds to wait where the system has no room for another process."""

_spawn = multiprocessing.get_context("spawn")


class Restarts:
    """When to start a child again: at once, but for one that keeps dying."""

    WINDOW = 60.0
    ALLOWED = 5
    LONGEST = 60.0

    def __init__(self) -> None:
        self._deaths: deque[float] = deque(maxlen=self.ALLOWED)
        self._setbacks = 0

    def delay(self, now: float, lived: float) -> float:
        """Seconds to wait after a death at `now` (monotonic) of a child that lived so long."""
        if lived >= self.WINDOW:
            self._deaths.clear()
            self._setbacks = 0
        self._deaths.append(now)
        too_often = len(self._deaths) == self.ALLOWED and now - self._deaths[0] < self.WINDOW
        if not (too_often or self._setbacks):
            return 0.0
        self._setbacks += 1
        return min(self.LONGEST, 2.0 ** self._setbacks)


class Child:
    """One place in the crew and the process that fills it at the moment."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.process: SpawnProcess | None = None
        self.facts: dict[str, Any] | None = None
        """What the present process said when it was ready; None until then."""
        self.was_ready = False
        self.failure: str | None = None
        """Its own last words, for people."""
        self.killed = False
        """Whether we had to end its present process ourselves."""
        self.starts = 0
        self.start_at = time.monotonic() + spec.start_after
        self.leave_by: float | None = None
        """Set once it has been told to stop: the moment at which it is killed."""
        self._connection: Connection | None = None
        self._started = 0.0
        self._heard: float | None = None
        self._restarts = Restarts()

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        ours, theirs = _spawn.Pipe()
        # A daemon, so that a supervisor that fails takes its children along.
        self.process = _spawn.Process(target=enter, args=(self.spec, theirs),
                                      name=self.spec.name, daemon=True)
        try:
            with _signals_held():
                self.process.start()
        except OSError:
            self.process = None
            ours.close()
            raise
        finally:
            theirs.close()
        self._connection, self._started = ours, time.monotonic()
        self._heard, self.facts, self.failure, self.killed = None, None, None, False
        self.starts += 1
        log.debug("%s started, pid %s", self.spec.name, self.pid)

    def waitables(self) -> Iterator[Any]:
        if self.process is not None:
            yield self.process.sentinel
        if self._connection is not None:
            yield self._connection

    def listen(self) -> bool:
        """Take what the child has said; True where it has just become ready."""
        became_ready = False
        try:
            while self._connection is not None and self._connection.poll():
                kind, content = self._connection.recv()
                self._heard = time.monotonic()
                if kind == "ready":
                    self.facts, self.was_ready, became_ready = content, True, True
                elif kind == "failed":
                    self.failure = content
        except (EOFError, OSError):
            # The process is ending; its sentinel says when it has.
            self._hang_up()
        return became_ready

    def excuse(self, seconds: float) -> None:
        """Do not hold a silence of so long against the child: the whole machine was away."""
        self._started += seconds
        if self._heard is not None:
            self._heard += seconds

    def kill_if_hung(self, now: float) -> bool:
        if self.process is None:
            return False
        since, patience = (self._started, self.spec.start_time) if self._heard is None \
            else (self._heard, self.spec.silence)
        late = now - since > patience
        overstays = self.leave_by is not None and now > self.leave_by
        if late or overstays:
            self.kill()
        return late and not overstays

    def bury(self, now: float) -> int | None:
        """Clear up after an ended process and plan the next; its exit code, None if it runs."""
        if self.process is None or self.process.is_alive():
            return None
        self.listen()
        self._hang_up()
        code = self.process.exitcode
        self.process.join()
        self.process.close()
        self.process, self.facts = None, None
        self.start_at = now + self._restarts.delay(now, now - self._started)
        return code

    def tell_to_stop(self, now: float, grace: float) -> None:
        if self.leave_by is not None:
            return
        self.leave_by = now + grace
        with contextlib.suppress(OSError, ValueError):
            if self._connection is not None:
                self._connection.send("stop")

    def kill(self) -> None:
        if self.process is not None:
            self.killed = True
            self.process.kill()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Crew:
    """Children by name. `on_ready(child)` and `on_death(child, what happened)` are told."""

    def __init__(self, *, on_ready: Callable[[Child], None] = lambda child: None,
                 on_death: Callable[[Child, str], None] = lambda child, what: None) -> None:
        self._children: dict[str, Child] = {}
        self._on_ready = on_ready
        self._on_death = on_death
        self._stepped = time.monotonic()

    def __getitem__(self, name: str) -> Child:
        return self._children[name]

    def __iter__(self) -> Iterator[Child]:
        return iter(list(self._children.values()))

    @property
    def names(self) -> set[str]:
        return set(self._children)

    def add(self, spec: ChildSpec) -> None:
        """Keep a child of this kind alive from the next step on."""
        self._children[spec.name] = Child(spec)

    def remove(self, name: str) -> None:
        """Tell a child to stop; its name is free again when it has ended."""
        self._children[name].tell_to_stop(time.monotonic(), STOP_GRACE)

    def step(self, timeout: float = 0.2) -> None:
        """Start who is due, then wait up to `timeout` seconds for news and deal with it."""
        now = time.monotonic()
        away = now - self._stepped - timeout
        for child in self:
            if away > 1.0:
                child.excuse(away)
            if child.process is None and child.leave_by is None and now >= child.start_at:
                self._start(child, now)
        waitables = [item for child in self for item in child.waitables()]
        if waitables:
            wait(waitables, timeout)
        else:
            time.sleep(timeout)
        for child in self:
            self._look_after(child)
        self._stepped = time.monotonic()

    def _start(self, child: Child, now: float) -> None:
        try:
            child.start()
        except OSError as error:  # no memory or no process left: the others must go on
            child.start_at = now + _NO_ROOM
            log.error("%s cannot be started, trying again in %.0f s: %s", child.spec.name, _NO_ROOM, error)

    def _look_after(self, child: Child) -> None:
        if child.listen():
            self._on_ready(child)
        now = time.monotonic()
        hung = child.kill_if_hung(now)
        if hung and child.process is not None:
            child.failure = "hangs: no sign of life"
            child.process.join(1.0)
        leaving = child.leave_by is not None
        code = child.bury(now)
        if code is not None and not leaving:
            self._on_death(child, child.failure or _how_it_ended(code))
        if leaving and child.process is None:
            del self._children[child.spec.name]

    def stop(self, grace: float = STOP_GRACE, hurry: Callable[[], bool] = lambda: False) -> bool:
        """End all children: asked first, killed after `grace` seconds or when `hurry()` is True.

        True where every one of them ended by itself.
        """
        now, children = time.monotonic(), list(self)
        for child in children:
            child.tell_to_stop(now, grace)
        while self._children:
            if hurry():
                for child in self:
                    child.kill()
            self.step(0.05)
        return not any(child.killed for child in children)


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Keep signals back while a child starts; it inherits this and opens up when it can answer."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
