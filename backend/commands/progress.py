"""How far a command has come: a bar on a terminal; elsewhere a line of JSON now and then, and one at the end.

Both go to stderr, so that stdout holds the result and nothing else.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TextIO

import click

EACH = 5.0
"""Seconds between two lines of JSON: a log needs to know that it goes on, not every step."""


class Progress:
    """Use as a context manager and call it with (done, total or None).

    `label` says what is being done; `stream`, `every` (seconds) and `monotonic` are for tests.
    """

    def __init__(self, label: str, stream: TextIO | None = None, every: float = EACH,
                 monotonic: Callable[[], float] = time.monotonic) -> None:
        self._label = label
        self._stream = stream or sys.stderr
        self._every = every
        self._monotonic = monotonic
        self._told = monotonic()
        self._bar: Any = None
        self._counted = False
        self._untold: tuple[int, int | None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.render_finish()
        elif self._counted:
            print(file=self._stream, flush=True)
        elif self._untold is not None and kind is None:
            self._print(*self._untold)

    def __call__(self, done: int, total: int | None = None) -> None:
        """Say that `done` rows of `total` (None: nobody knows) are through."""
        if not self._stream.isatty():
            self._note(done, total)
        elif total is None and self._bar is None:
            self._counted = True
            print(f"\r{self._label}  {done}", end="", file=self._stream, flush=True)
        elif total:
            self._draw(done, total)

    def _note(self, done: int, total: int | None) -> None:
        self._untold = (done, total)
        if self._monotonic() - self._told >= self._every:
            self._told, self._untold = self._monotonic(), None
            self._print(done, total)

    def _print(self, done: int, total: int | None) -> None:
        print(json.dumps({"progress": self._label, "done": done, "total": total}), file=self._stream, flush=True)

    def _draw(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = click.progressbar(length=total, label=self._label, file=self._stream, show_pos=True)
            self._bar.render_progress()
        self._bar.update(max(0, done - self._bar.pos))
