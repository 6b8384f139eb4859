"""When a call to Odoo is made again: by the kind of error, with full jitter, within its time.

Every call that the bridge makes may be made again, because it leads to the same state twice;
only `create` may not after an answer was lost. How long is worth waiting is the caller's to
say: somebody who sits before a page wants to hear soon that Odoo is away, the night's run can
wait for a restart.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TypeVar

from tenacity import RetryCallState, Retrying, wait_random_exponential

from backend.odoo.errors import (
    OdooAnswerTooLarge,
    OdooBusy,
    OdooDatabaseDown,
    OdooError,
    OdooNotOdoo,
    OdooTimeout,
    OdooTransient,
    OdooUnreachable,
)

RETRIES = 5
"""Repeats of one call where nothing else was said."""
T = TypeVar("T")


@dataclass(frozen=True)
class _Way:
    """`first` and `longest` bound the random wait before a repeat, in seconds; `by_hand` and
    `patient` are the most repeats, for a person who waits and for a run that does not mind."""

    first: float
    longest: float
    by_hand: int
    patient: int


_WAYS = {
    "refused": _Way(1.0, 30.0, 0, 99),  # nobody there: a person hears it at once
    "lost": _Way(0.2, 10.0, 2, 99),
    "timeout": _Way(1.0, 30.0, 1, 2),  # each one costs a whole time-out, and Odoo is busy with it still
    "busy": _Way(1.0, 60.0, 1, 99),
    "database_down": _Way(2.0, 60.0, 0, 99),
    "serialization": _Way(0.1, 5.0, 3, 99),
    "garbage": _Way(0.2, 10.0, 1, 2),
}


@dataclass(frozen=True)
class Patience:
    """`longest` seconds of one wait; `deadline`, monotonic, ends the run that calls belong to;
    `alive` is called before each repeat, so that leases do not run out meanwhile."""

    by_hand: bool = True
    longest: float = 5.0
    deadline: float | None = None
    alive: Callable[[], None] | None = None


_AT_THE_DESK = Patience()
_patience: ContextVar[Patience] = ContextVar("patience", default=_AT_THE_DESK)
_unclear: ContextVar[list[str] | None] = ContextVar("unclear", default=None)


@contextmanager
def patience(*, by_hand: bool = True, budget: float | None = None,
             alive: Callable[[], None] | None = None) -> Iterator[None]:
    """How patient the calls of this thread are inside; `budget` in seconds from now. A budget
    that is spent raises OdooOutOfTime before the next call."""
    token = _patience.set(Patience(by_hand, 5.0 if by_hand else 120.0,
                                   None if budget is None else time.monotonic() + budget, alive))
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def kept_alive(alive: Callable[[], None]) -> Iterator[None]:
    """As patient as before, with another sign of life."""
    token = _patience.set(replace(_patience.get(), alive=alive))
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def time_of_its_own(budget: float) -> Iterator[None]:
    """As patient as before, but for these seconds at most."""
    now = _patience.get()
    end = time.monotonic() + budget
    token = _patience.set(replace(now, deadline=end if now.deadline is None else min(end, now.deadline)))
    try:
        yield
    finally:
        _patience.reset(token)


def how_patient() -> Patience:
    return _patience.get()


@contextmanager
def unclear_calls() -> Iterator[list[str]]:
    """Collects the methods whose answer was lost at least once inside, even where a repeat was
    answered: the first request may still be on its way."""
    found: list[str] = []
    token = _unclear.set(found)
    try:
        yield found
    finally:
        _unclear.reset(token)


def is_unclear(error: BaseException) -> bool:
    """Whether the call that raised `error` may have been done all the same."""
    if isinstance(error, OdooUnreachable | OdooBusy):
        return error.may_have_arrived
    return isinstance(error, OdooDatabaseDown | OdooNotOdoo | OdooAnswerTooLarge)


def kind_of(error: BaseException | None, *, known_odoo: bool = False) -> str | None:
    """Which way of repeating is right for `error`; None for none. `known_odoo`: the server has
    spoken Odoo's protocol before, so that garbage is an accident of the line."""
    match error:
        case OdooError(tried=False):
            return None
        case OdooTimeout():
            return "timeout"
        case OdooUnreachable():
            return "lost" if error.may_have_arrived else "refused"
        case OdooBusy():
            return "busy"
        case OdooDatabaseDown():
            return "database_down"
        case OdooTransient():
            return "serialization"
        case OdooNotOdoo() if known_odoo:
            return "garbage"
    return None


_READS = frozenset({"read", "search_read", "search", "search_count", "fields_get", "has_access",
                    "check_access_rights", "check_object_reference", "get_metadata"})
"""Nothing is unclear about these: a person who waits for one need not wait twice."""


class Repeater:
    """Makes a call, and again where that may help; `retries` bounds the repeats of one call."""

    def __init__(self, retries: int = RETRIES, *, sleep: Callable[[float], None] = time.sleep,
                 monotonic: Callable[[], float] = time.monotonic) -> None:
        self._retries = retries
        self._sleep = sleep
        self._monotonic = monotonic

    def __call__(self, work: Callable[[], T], method: str | None = None) -> T:
        """What `work` returns, or the last of its errors; where an earlier try may have arrived,
        that one's `may_have_arrived` is true. `method` is that of Odoo's models, None for what
        comes before a login."""
        changes = method is not None and method not in _READS
        lost = False
        counts: Counter[str] = Counter()

        def kind(state: RetryCallState) -> str | None:
            error = _error(state)
            if method == "create" and is_unclear(error):
                return None
            return kind_of(error, known_odoo=method is not None)

        def stop(state: RetryCallState) -> bool:
            caller, word = how_patient(), kind(state) or ""
            counts[word] += 1
            way = _WAYS[word]
            most = way.by_hand if caller.by_hand else way.patient
            if caller.by_hand and word == "timeout" and not changes:
                most = 0
            if (counts[word] > most or state.attempt_number > self._retries
                    or state.upcoming_sleep > caller.longest):
                return True
            return (caller.deadline is not None
                    and self._monotonic() + state.upcoming_sleep > caller.deadline)

        def wait(state: RetryCallState) -> float:
            way = _WAYS[kind(state) or ""]
            asked = getattr(_error(state), "asked", None) or 0.0
            return asked + wait_random_exponential(way.first, way.longest)(state)

        def attempt() -> T:
            nonlocal lost
            try:
                return work()
            except OdooError as error:
                if changes and is_unclear(error):
                    lost = True
                    if (seen := _unclear.get()) is not None:
                        seen.append(str(method))
                raise

        def before_repeat(state: RetryCallState) -> None:
            if (alive := how_patient().alive) is not None:
                alive()

        retrying = Retrying(retry=lambda state: kind(state) is not None, stop=stop, wait=wait,
                            sleep=self._sleep, reraise=True, before_sleep=before_repeat)
        try:
            return retrying(attempt)
        except OdooError as error:
            error.may_have_arrived = error.may_have_arrived or lost
            raise


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None
