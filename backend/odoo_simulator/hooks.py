"""Where a test steps between a call and its answer: faults, races, slowness.

A hook is called with the `Call`. It may sleep, change the server, or raise `DropConnection`
or `Answer`. In `before` nothing has been done yet; in `before_commit` the work is done but not
yet visible to others; in `after` it is committed and only the answer is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call as it came over the wire: `xmlrpc`, `jsonrpc`, `json2`, `web` (with a cookie) or `none`.

    `model`, `model_method`, `args` and `kwargs` are of execute_kw. JSON-2 names every argument;
    the ids and those that the method cannot do without stand in `args` here as well, as the
    usual callers of the other wires send them.
    """

    number: int
    at: datetime
    service: str
    method: str
    model: str | None = None
    model_method: str | None = None
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    uid: int | None = None
    wire: str = "xmlrpc"


class DropConnection(Exception):
    """Close the connection without a word, as a worker that ran into its time limit does."""


class Answer(Exception):
    """Send this HTTP answer in place of the real one."""

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        content_type: str = "text/html; charset=utf-8",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers or {}


Hook = Callable[[Call], None]


@dataclass
class Hooks:
    """Lists of hooks; append to them, remove from them."""

    before: list[Hook] = field(default_factory=list)
    before_commit: list[Hook] = field(default_factory=list)
    after: list[Hook] = field(default_factory=list)

    def run_before(self, called: Call) -> None:
        for hook in list(self.before):
            hook(called)

    def run_before_commit(self, called: Call) -> None:
        for hook in list(self.before_commit):
            hook(called)

    def run_after(self, called: Call) -> None:
        for hook in list(self.after):
            hook(called)
