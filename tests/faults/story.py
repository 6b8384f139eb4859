"""What happened, in order, so that a failing seed can tell the story of one session."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.faults.listening import outcome, understand
from tests.faults.proxy import Exchange
from tests.faults.weather import Fault

MOST_LINES = 1500


@dataclass(frozen=True)
class Line:
    """`about` holds the keys that it concerns: a person's id, a session's uuid, `#12` for a
    row of Odoo; empty means everybody."""

    at: float
    text: str
    about: dict[str, str] = field(default_factory=dict)


class Story:
    """Threads may tell at once."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lines: list[Line] = []
        self._lock = threading.Lock()
        self.calls: dict[str, int] = {}

    def now(self) -> float:
        return time.monotonic() - self._began

    def tell(self, text: str, *about: str) -> None:
        self._add(Line(self.now(), text, dict.fromkeys(about, "")))

    def person(self, person_id: str, text: str) -> None:
        self.tell(f"{person_id}: {text}", person_id)

    def exchange(self, exchange: Exchange) -> None:
        """Take in a request that the proxy is done with."""
        heard = understand(exchange.request, exchange.answer)
        name = str(heard)
        fault = "" if exchange.fault is Fault.none else f" [{exchange.fault}]"
        if heard.model != "hr.attendance" and heard.method != "check_object_reference":
            if exchange.fault is Fault.none:
                return
            heard = type(heard)(heard.model, heard.method, heard.said, {})
        lasted = f"{exchange.at:.2f}"
        if exchange.forwarded_at is not None and exchange.forwarded_at - exchange.at > 0.05:
            lasted += f", forwarded {exchange.forwarded_at:.2f}"
        lasted += f" to {exchange.over_at or 0:.2f}"
        said = f"request {exchange.number}{fault} {name} ({lasted}): {heard.said}; {outcome(exchange.answer)}"
        self._add(Line(exchange.at, said, heard.about or {"-": ""}))

    def _add(self, line: Line) -> None:
        with self._lock:
            self._lines.append(line)

    def about(self, keys: Iterable[str]) -> list[str]:
        """The lines that concern one of `keys`, and what concerns everybody, by time."""
        wanted = set(keys)
        with self._lock:
            # A session is also known by the number that Odoo gave it.
            for line in self._lines:
                if wanted & line.about.keys() and line.text.find(".load ") >= 0:
                    for key in wanted & line.about.keys():
                        found = line.about[key].partition("→ ")[2]
                        wanted |= {found} if found else set()
            chosen = [line for line in self._lines if not line.about or wanted & line.about.keys()]
        chosen.sort(key=lambda line: line.at)
        told = []
        for line in chosen[-MOST_LINES:]:
            details = {key: line.about[key] for key in wanted & line.about.keys() if line.about[key]}
            told.append(f"{line.at:8.2f}  {line.text}" + "".join(
                f"\n          {key}: {value}" for key, value in details.items()))
        return told
