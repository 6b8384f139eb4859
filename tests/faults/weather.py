"""What may happen to a request on its way, and which of it does: drawn from a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Collection
from enum import StrEnum

from tests.faults.wire import Message


class Fault(StrEnum):
    """`refuse` to `too_many` happen before the server hears of the request, `lost_answer` to
    `drip_body` after it has done the work."""

    none = "none"
    refuse = "refuse"
    """Nobody listens for a moment: the connection is refused, and those that follow."""
    lost_request = "lost_request"
    gateway_before = "gateway_before"
    page_before = "page_before"
    garbage_before = "garbage_before"
    too_many = "too_many"
    late_request = "late_request"
    """The client gives up, and the request reaches the server afterwards."""
    lost_answer = "lost_answer"
    late_answer = "late_answer"
    gateway_after = "gateway_after"
    page_after = "page_after"
    garbage_after = "garbage_after"
    truncated = "truncated"
    drip_headers = "drip_headers"
    drip_body = "drip_body"

    @property
    def slow(self) -> bool:
        """Whether it costs the client its whole time-out."""
        return self in (Fault.late_request, Fault.late_answer, Fault.drip_headers, Fault.drip_body)

    @property
    def executed(self) -> bool:
        """Whether the server does the work, soon or late."""
        return self is Fault.none or list(Fault).index(self) >= list(Fault).index(Fault.late_request)


_CHANGES = re.compile(rb'[>"/](load|unlink|write|create)(?=[<" ?]|$)')
_FAVOURITES = {Fault.lost_answer: 3.0, Fault.late_request: 3.0, Fault.gateway_after: 2.0}
"""What leaves it unclear whether the work was done comes more often than its share."""


class Weather:
    """Draws the fault of each request: `rate` of those that change something in Odoo, a third as
    many of the others. Slow faults are rarer. The n-th request of a seed always gets the same
    draw, whatever came before."""

    def __init__(self, seed: int, rate: float, only: Collection[str] = ()) -> None:
        """`only` are the faults to choose from, where not all of them."""
        self.rate = rate
        self._seed = seed
        self._faults = [fault for fault in Fault if fault is not Fault.none and (not only or fault in only)]
        self._weights = [(0.4 if fault.slow else 1.0) * _FAVOURITES.get(fault, 1.0) for fault in self._faults]

    def __call__(self, number: int, request: Message) -> tuple[Fault, random.Random]:
        """The fault of the n-th request, and the dice for how it goes in detail."""
        dice = random.Random(f"{self._seed}/{number}")
        rate = self.rate if changes(request) else self.rate / 3
        if dice.random() >= rate:
            return Fault.none, dice
        return dice.choices(self._faults, self._weights)[0], dice


def changes(request: Message) -> bool:
    """Whether it changes something in Odoo, in any protocol."""
    path = request.path.partition("?")[0].encode()
    return bool(_CHANGES.search(path) or _CHANGES.search(request.body))


def fair(number: int, request: Message) -> tuple[Fault, random.Random]:
    """No faults at all."""
    return Fault.none, random.Random(number)
