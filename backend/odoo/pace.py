"""What is known of how fast a server has been called lately, and where that is kept: in this process, or in
a file that all processes of an installation read and write, one at a time.

The web server, the jobs and a command typed by hand call the same Odoo; a rate held by each of them
would be two or three times what the server was promised.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from backend.filelock import only_one

log = logging.getLogger(__name__)

LONGEST_ASKED = 600.0
"""Seconds of a Retry-After that are honoured at most."""
SLOWEST = 1 / 16
"""Share of the full rate below which refusals do not push it."""
_FOLDER = "pace"
HAIR = 1e-6
"""Rounding of a clock must not cost a call its turn."""


@dataclass
class Pace:
    """Instants are seconds of the clock that its pacer reads; between processes, that of the day."""

    share: float = 1.0
    """Of the full rate, that the server takes at present."""
    tokens: float = 0.0
    filled: float = 0.0
    """When the tokens were counted."""
    closed_until: float = 0.0
    """Until when the server has asked to be left alone."""
    newest: list[float] = field(default_factory=list)
    """When the last burst's worth of calls went out, oldest first."""

    @classmethod
    def fresh(cls, now: float, limit: float) -> Pace:
        return cls(tokens=burst_of(limit), filled=now, closed_until=now)

    @classmethod
    def read(cls, text: str) -> Pace:
        """Raises ValueError where it is none."""
        try:
            held = json.loads(text)
            found = cls(**{name: [float(at) for at in value] if name == "newest" else float(value)
                           for name, value in held.items()})
        except (AttributeError, TypeError, OverflowError, RecursionError) as error:
            raise ValueError("not a pace") from error
        numbers = (found.tokens, found.filled, found.closed_until, *found.newest)
        if not SLOWEST <= found.share <= 1 or found.tokens < 0 or not all(map(math.isfinite, numbers)):
            raise ValueError("not a pace")
        return found

    def believe(self, now: float, limit: float) -> None:
        """Forget calls that are long over, and what no call of before `now` can have left: the clock was set
        back since. What the server has asked for is moved with the clock."""
        window = burst_of(limit) / limit if limit > 0 else 0.0
        self.newest = [at for at in self.newest if abs(now - at) <= window + HAIR]
        set_back = max(0.0, self.filled - now)
        self.filled = min(self.filled, now)
        self.closed_until = min(self.closed_until - set_back, now + LONGEST_ASKED)


def burst_of(limit: float) -> float:
    """Calls that may go out at once at `limit` calls a second: those of a second, and at least one."""
    return max(1.0, float(int(limit)))


class InMemory:
    """For one process. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pace: Pace | None = None

    @contextmanager
    def held(self, limit: float) -> Iterator[tuple[Pace, float]]:
        """The pace and the clock's now, while nobody else reads or changes it. `limit` is the full
        rate in calls a second."""
        with self._lock:
            now = self._clock()
            if self._pace is None:
                self._pace = Pace.fresh(now, limit)
            self._pace.believe(now, limit)
            yield self._pace, now


class InFolder:
    """For all processes that share `folder`; the file in it bears the server's name. Where it
    cannot be read or written, each process goes by what it knows itself."""

    def __init__(self, folder: Path, server: str, clock: Callable[[], float] = time.time) -> None:
        """`clock` must be the same for all of them."""
        self._clock = clock
        self._file = folder / _FOLDER / (re.sub(r"[^a-z0-9.-]", "_", server) + ".json")
        self._own = InMemory(clock)
        self._told = False

    @contextmanager
    def held(self, limit: float) -> Iterator[tuple[Pace, float]]:
        """As `InMemory.held`, but for all of them."""
        with self._own.held(limit) as (own, now), ExitStack() as stack:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                stack.enter_context(only_one(self._file))
                known = self._read()
            except OSError as error:
                self._tell(error)
                yield own, now
                return
            now = self._clock()
            own.__dict__.update((known or own).__dict__)
            own.believe(now, limit)
            yield own, now
            if own != known:
                try:
                    self._write(own)
                except OSError as error:
                    self._tell(error)

    def _read(self) -> Pace | None:
        """What the file says; None before the first call ever, and where it is damaged."""
        try:
            return Pace.read(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _write(self, pace: Pace) -> None:
        """The file is the old one or the new one, whenever we are killed. Only who holds the lock writes."""
        half = self._file.with_name(self._file.name + ".new")
        half.write_text(json.dumps(asdict(pace)))
        os.replace(half, self._file)

    def _tell(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            log.warning("How fast Odoo is called cannot be shared between processes, so that each goes by "
                        "itself: %s cannot be used (%s)", self._file, error.strerror or error)
