"""In which order a person's rows change in Odoo, so that none ever runs into another.

Odoo looks at each row as it is written: no overlap with a closed row, never two open ones. So
whoever has room goes first. Where rows wait for each other in a circle, one is put aside for
a moment, with zero length at a time where it is in nobody's way. Decided without a network.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Span:
    """Whose time it is in Odoo, from when to when; `check_out` None while open."""

    employee: int
    check_in: datetime
    check_out: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Whether nothing else may begin at `moment`; an open row forbids nothing by itself."""
        return self.check_out is not None and self.check_in <= moment < self.check_out


@dataclass(frozen=True)
class Step(Generic[K]):
    """One row's next times; `final` False where it is only put aside."""

    key: K
    span: Span
    final: bool = True


def clashes(one: Span, other: Span) -> bool:
    """Whether Odoo refuses to write `one` while it holds `other`."""
    if one.employee != other.employee:
        return False
    if other.covers(one.check_in):
        return True
    if one.check_out is None:
        return other.check_out is None
    if one.check_in == one.check_out == other.check_in:
        return True
    return one.check_in < other.check_in < one.check_out


def steps(standing: Mapping[K, Span], wanted: Mapping[K, Span]) -> list[Step[K]]:
    """How the rows that Odoo holds (`standing`) become as `wanted`; keys of `standing` alone
    are rows that stay. Rows that have no room whatever is done come last, as they are."""
    now = dict(standing)
    waiting = {key: span for key, span in wanted.items() if now.get(key) != span}
    hopeless = _hopeless(now, waiting)
    todo = {key: span for key, span in waiting.items() if key not in hopeless}
    done: list[Step[K]] = []
    aside: set[K] = set()
    while todo:
        free = [key for key in sorted(todo, key=lambda key: _place(now.get(key), todo[key]))
                if _has_room(todo[key], key, now)]
        if free:
            now[free[0]] = todo[free[0]]
            done.append(Step(free[0], todo.pop(free[0])))
            continue
        movable = [key for key in todo if key in now and key not in aside]
        if not movable:
            break
        key = _most_in_the_way(movable, now, todo)
        spot = _spot(key, now, todo)
        aside.add(key)
        now[key] = spot
        done.append(Step(key, spot, final=False))
    rest = [*todo, *hopeless]
    return [*done, *(Step(key, waiting[key]) for key in sorted(
        rest, key=lambda key: _place(standing.get(key), waiting[key])))]


def _place(before: Span | None, after: Span) -> tuple[bool, bool, datetime]:
    """Changes before new rows, closed ones before open ones, then by time."""
    return before is None, after.check_out is None, after.check_in


def _has_room(span: Span, key: K, now: Mapping[K, Span]) -> bool:
    return not any(clashes(span, other) for one, other in now.items() if one != key)


def _hopeless(now: Mapping[K, Span], waiting: Mapping[K, Span]) -> set[K]:
    """Rows that want a place of a row that stays, or of one that is itself hopeless."""
    found: set[K] = set()
    while True:
        fixed = [span for key, span in now.items() if key not in waiting or key in found]
        more = {key for key, span in waiting.items()
                if key not in found and any(clashes(span, other) for other in fixed)}
        if not more:
            return found
        found |= more


def _most_in_the_way(movable: Iterable[K], now: Mapping[K, Span], todo: Mapping[K, Span]) -> K:
    """The row that stands in most others' places."""
    return max(movable, key=lambda key: sum(
        clashes(todo[one], now[key]) for one in todo if one != key))


def _spot(key: K, now: Mapping[K, Span], todo: Mapping[K, Span]) -> Span:
    """Zero length, where neither a row that is there nor one that is to come minds: next to its
    own times if possible."""
    was = now[key]
    others = [span for one, span in now.items() if one != key and span.employee == was.employee]
    coming = [span for one, span in todo.items() if one != key and span.employee == was.employee]
    around = [*others, *coming, was, todo[key]]
    marks = {mark for span in around for mark in (span.check_in, span.check_out) if mark is not None}
    first = min(marks) - _SECOND * len(around)
    for mark in sorted(marks, key=lambda mark: abs(mark - was.check_in)):
        spot = Span(was.employee, mark, mark)
        if not any(clashes(spot, one) or clashes(one, spot) for one in [*others, *coming]):
            return spot
    taken = {span.check_in for span in around}
    while first in taken or any(span.covers(first) for span in others):
        first -= _SECOND
    return Span(was.employee, first, first)
