"""How fast one server is called: a token bucket that all connectors of a process to it share.

Odoo Online asks for about one call a second; a server of one's own takes more. Where a server
says that it is too much (429, 503), the rate is halved and grows back slowly.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from backend.odoo.errors import OdooAskedToWait, OdooOutOfTime

CALLS_PER_SECOND = 5.0
"""Where nothing else was said."""
ONLINE_CALLS_PER_SECOND = 1.0
"""What Odoo Online asks for."""
_ONLINE = "odoo.com"
_SLOWEST = 1 / 16
"""Share of the full rate below which refusals do not push it."""
_REGAIN = 1 / 50
"""Share of the full rate that a call without complaint wins back."""
LONGEST_ASKED = 600.0
"""Seconds of a Retry-After that are honoured at most."""
_HAIR = 1e-9
"""Rounding of a clock must not cost a call its turn."""


class Pacer:
    """At most `rate` calls in any one second, which may be at once; below one a second, one call in that time.

    Threads share it; clock and sleep are seconds and can be given by tests.
    """

    def __init__(self, rate: float, *, monotonic: Callable[[], float] = time.monotonic,
                 sleep: Callable[[float], None] = time.sleep) -> None:
        self.limit = rate
        self.rate = rate
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._tokens = self.burst
        self._filled = monotonic()
        self._closed_until = self._filled
        self._newest: deque[float] = deque()
        """When the last burst's worth of calls went out."""

    @property
    def burst(self) -> float:
        """Calls that may go out at once; a whole one even where the rate is below one a second."""
        return max(1.0, float(int(self.limit)))

    def set_limit(self, rate: float) -> None:
        """Another full rate from now on; 0 switches pacing off, a Retry-After is honoured still."""
        with self._lock:
            if rate != self.limit:
                self.limit = self.rate = rate
                self._tokens = min(self._tokens, self.burst)

    def wait(self, longest: float | None = None, deadline: float | None = None) -> None:
        """Wait for our turn and take it.

        Raises OdooAskedToWait where the server has asked for more than `longest` seconds, and
        OdooOutOfTime where it would go beyond `deadline` (monotonic).
        """
        while True:
            with self._lock:
                now = self._monotonic()
                closed = self._closed_until - now
                delay = max(0.0, closed, self._lacking())
                late = deadline is not None and now + delay > deadline
                if delay <= 0 and not late:
                    self._tokens -= 1
                    self._newest.append(now)
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
        with self._lock:
            self.rate = max(self.rate / 2, self.limit * _SLOWEST)
            self._fill()
            self._tokens = min(self._tokens, 0.0)
            if asked:
                until = self._monotonic() + min(asked, LONGEST_ASKED)
                self._closed_until = max(self._closed_until, until)

    def went_well(self) -> None:
        with self._lock:
            if self.rate < self.limit:
                self._fill()
                self.rate = min(self.limit, self.rate + self.limit * _REGAIN)

    def _lacking(self) -> float:
        """Seconds until there is a token and the second of the last burst is over: the tokens that
        come in meanwhile would make it two bursts in one second."""
        if self.limit <= 0:
            self._tokens = 1.0
            self._newest.clear()
            return 0.0
        self._fill()
        token = (1 - self._tokens) / self.rate if self._tokens < 1 - _HAIR else 0.0
        burst = int(self.burst)
        while len(self._newest) > burst:
            self._newest.popleft()
        if len(self._newest) < burst:
            return token
        over = self._newest[0] + burst / self.limit - self._monotonic()
        return max(token, over if over > _HAIR else 0.0)

    def _fill(self) -> None:
        now = self._monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._filled) * self.rate)
        self._filled = now


_pacers: dict[str, Pacer] = {}
_pacers_lock = threading.Lock()


def pacer_of(url: str, calls_per_second: float | None = None) -> Pacer:
    """The one pacer of the server that `url` leads to; `calls_per_second` None means what is
    usual for the host, 0 none at all."""
    server = urlsplit(url).netloc.lower()
    rate = usual_rate(url) if calls_per_second is None else calls_per_second
    with _pacers_lock:
        found = _pacers.setdefault(server, Pacer(rate))
    found.set_limit(rate)
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
