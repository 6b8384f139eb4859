"""`load()`: Odoo's import as an upsert by external id, and how its answers are read.

It is all or nothing: one bad row and no row of the call is kept. The answer names bad rows,
with two traps. The first message, about record 0, may be a copy of the error of another row.
And Odoo 19 may leave a bad row unnamed whose error it showed in that first message. So a
message about record 0 that stands alone is only believed of a call with a single row.
A fault in place of an answer is narrowed down by halves, too, unless every row brings it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from backend.odoo.errors import OdooError, OdooForbidden, OdooRefused

MOST_FAULTS = 8
"""Faults in a row without one row kept: then it is not about rows."""
MOST_NAMED = 10
"""Odoo names no more bad rows of one call."""
_FORBIDDEN = re.compile(r"doesn't have '\w+' access to:|^You are not allowed to \w+ '")
"""How Odoo says that a right is missing: an answer of `load()` has only the words of an error, not its kind."""
Cells = tuple[Any, ...]
Call = Callable[[list[Cells]], dict[str, Any]]
"""Sends rows to `load()` and returns its answer."""


@dataclass(frozen=True)
class Loaded:
    """What became of one row: Odoo's id, or Odoo's words why not, and the code of that error."""

    odoo_id: int | None = None
    error: str | None = None
    code: str = OdooRefused.code


def load(call: Call, rows: Sequence[Cells], results: dict[int, Loaded] | None = None,
         refused: Callable[[], None] = lambda: None) -> list[Loaded]:
    """Load `rows` in as few calls as Odoo allows; the n-th result is the n-th row's.

    Bad rows are left out and the others sent again, in their order. OdooError of `call`
    passes through: then `results`, by place, tell what became of earlier calls, and the same
    rows may be sent again without harm. `refused` is called where Odoo took nothing of a call
    and blames all of it, or more than it cares to name; it may raise to end it all.
    """
    results = {} if results is None else results
    faults = 0
    waiting = [(list(range(len(rows))), False)] if rows else []
    while waiting:
        places, doubted = waiting.pop(0)
        try:
            answer = call([rows[place] for place in places])
        except OdooError as error:
            faults += 1
            if isinstance(error, OdooForbidden):
                refused()
            if error.kind != "permanent" or faults > MOST_FAULTS:
                raise
            if len(places) == 1:
                results[places[0]] = Loaded(error=str(error), code=error.code)
            else:
                waiting[:0] = _halves(places)
            continue
        if answer.get("ids"):
            faults = 0
            for place, odoo_id in zip(places, answer["ids"], strict=True):
                results[place] = Loaded(odoo_id=odoo_id)
            continue
        messages = answer.get("messages") or []
        if len({one.get("record") for one in messages if one.get("type") == "error"}) >= min(len(places), MOST_NAMED):
            refused()
        named = _named(messages, len(places))
        if len(places) == 1:
            text = next(iter(named.values()), None) or _first_words(answer)
            results[places[0]] = _bad(text)
        elif named:
            for place, text in named.items():
                results[places[place]] = _bad(text)
            rest = [place for index, place in enumerate(places) if index not in named]
            waiting[:0] = [(rest, False)] if rest else []
        elif not doubted:
            # Nobody is named for sure. The first row alone tells whether it is the bad one.
            waiting[:0] = [(places[:1], False), (places[1:], True)]
        else:
            # A bad row that Odoo does not name: halves find it in few calls.
            waiting[:0] = _halves(places)
    return [results[place] for place in range(len(rows))]


def _bad(text: str) -> Loaded:
    return Loaded(error=text, code=OdooForbidden.code if _FORBIDDEN.search(text) else OdooRefused.code)


def _halves(places: list[int]) -> list[tuple[list[int], bool]]:
    middle = len(places) // 2
    return [(places[:middle], True), (places[middle:], True)]


def _named(messages: Sequence[dict[str, Any]], count: int) -> dict[int, str]:
    """Index in the call → error, only of rows that are surely bad."""
    errors = [(message.get("record"), str(message.get("message", ""))) for message in messages
              if message.get("type") == "error"]
    if errors and errors[0][0] == 0 and count > 1:
        about_first = [text for record, text in errors if record == 0]
        if len(about_first) == 1:
            errors = errors[1:]
    named: dict[int, str] = {}
    for record, text in errors:
        if isinstance(record, int) and 0 <= record < count:
            named.setdefault(record, text)
    return named


def _first_words(answer: dict[str, Any]) -> str:
    for message in answer.get("messages") or []:
        if message.get("message"):
            return str(message["message"])
    return "Odoo kept nothing and gave no reason"
