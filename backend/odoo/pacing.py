"""How fast one server is called: a token bucket that all connectors to it share, those of other
processes too where it is kept in a folder (`backend/odoo/pace.py`).

Odoo Online asks for about one call a second; a server of one's own takes more. Where a server
says that it is too much (429, 503), the rate is halved and grows back slowly.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from backend.odoo.errors import OdooAskedToWait, OdooOutOfTime
from backend.odoo.pace import HAIR, LONGEST_ASKED, SLOWEST, InFolder, InMemory, Pace, burst_of

CALLS_PER_SECOND = 5.0
"""Where nothing else was said."""
ONLINE_CALLS_PER_SECOND = 1.0
"""What Odoo Online asks for."""
_ONLINE = "odoo.com"
_REGAIN = 1 / 50
"""Share of the full rate that a call without complaint wins back."""


class Pacer:
    """At most `limit` calls in any one second, which may be at once; below one a second, one call in that time.

    Threads share it. Clock and sleep are seconds and can be given by tests.
    """

    def __init__(self, limit: float, kept: InMemory | InFolder | None = None, *,
                 monotonic: Callable[[], float] = time.monotonic,
                 sleep: Callable[[float], None] = time.sleep) -> None:
        self.limit = limit
        """Calls a second where nobody complains; 0 switches pacing off, a Retry-After is honoured still."""
        self._kept = kept or InMemory(monotonic)
        self._monotonic = monotonic
        self._sleep = sleep

    @property
    def rate(self) -> float:
        """Calls a second at present."""
        with self._kept.held(self.limit) as (pace, _):
            return pace.share * self.limit

    @property
    def burst(self) -> float:
        """Calls that may go out at once; a whole one even where the rate is below one a second."""
        return burst_of(self.limit)

    def wait(self, longest: float | None = None, deadline: float | None = None) -> None:
        """Wait for our turn and take it.

        Raises OdooAskedToWait where the server has asked for more than `longest` seconds, and
        OdooOutOfTime where it would go beyond `deadline` (monotonic).
        """
        while True:
            with self._kept.held(self.limit) as (pace, now):
                closed = pace.closed_until - now
                delay = max(0.0, closed, self._lacking(pace, now))
                late = deadline is not None and self._monotonic() + delay > deadline
                if delay <= 0 and not late:
                    if self.limit > 0:
                        pace.tokens = max(0.0, pace.tokens - 1)
                        pace.newest.append(now)
                    return
            if late:
                raise OdooOutOfTime("This took as long as ODOO_RUN_BUDGET allows; the next run goes on where it "
                                    "stopped.")
            if longest is not None and closed > longest:
                raise OdooAskedToWait(
                    f"Odoo has asked for patience: the next call may go in {closed:.0f} s.",
                    retry_after=max(1, round(closed)), may_have_arrived=False)
            self._sleep(delay)

    def complained(self, asked: float | None = None) -> None:
        """The server says that it is too much; `asked` are the seconds of its Retry-After."""
        with self._kept.held(self.limit) as (pace, now):
            self._fill(pace, now)
            pace.share = max(pace.share / 2, SLOWEST)
            pace.tokens = min(pace.tokens, 0.0)
            if asked:
                pace.closed_until = max(pace.closed_until, now + min(asked, LONGEST_ASKED))

    def went_well(self) -> None:
        with self._kept.held(self.limit) as (pace, now):
            if pace.share < 1:
                self._fill(pace, now)
                pace.share = min(1.0, pace.share + _REGAIN)

    def _lacking(self, pace: Pace, now: float) -> float:
        """Seconds until there is a token and the second of the last burst is over: the tokens that
        come in meanwhile would make it two bursts in one second."""
        if self.limit <= 0:
            return 0.0
        self._fill(pace, now)
        token = (1 - pace.tokens) / (pace.share * self.limit) if pace.tokens < 1 - HAIR else 0.0
        if len(pace.newest) < self.burst:
            return token
        over = pace.newest[-int(self.burst)] + self.burst / self.limit - now
        return max(token, over if over > HAIR else 0.0)

    def _fill(self, pace: Pace, now: float) -> None:
        pace.tokens = min(self.burst, pace.tokens + (now - pace.filled) * pace.share * self.limit)
        pace.filled = now


_pacers: dict[tuple[str, str | None], Pacer] = {}
_pacers_lock = threading.Lock()


def pacer_of(url: str, calls_per_second: float | None = None, folder: str | Path | None = None) -> Pacer:
    """The one pacer of the server that `url` leads to; `calls_per_second` None means what is usual
    for the host, 0 none at all. All processes share it that name the same `folder`."""
    server = urlsplit(url).netloc.lower()
    rate = usual_rate(url) if calls_per_second is None else calls_per_second
    name = None if folder is None else str(folder)
    with _pacers_lock:
        found = _pacers.get((server, name))
        if found is None:
            kept = InMemory() if name is None else InFolder(Path(name), server)
            found = _pacers[server, name] = Pacer(rate, kept)
    found.limit = rate
    return found


def usual_rate(url: str) -> float:
    host = f".{urlsplit(url).hostname or ''}".rstrip(".")
    return min(ONLINE_CALLS_PER_SECOND, CALLS_PER_SECOND) if host.endswith(f".{_ONLINE}") else CALLS_PER_SECOND


def asked_for(header: str | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float | None:
    """Seconds that a Retry-After header asks for, written as seconds or as an HTTP date; None
    where it says nothing that can be read."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_ASKED)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now()).total_seconds()), LONGEST_ASKED)
