"""Answers without end: server-sent events and the camera's MJPEG preview.

Each takes one of MAX_STREAMS places and a thread of the server, and ends when the reader goes
away, the key or session it began with is no longer in force, or the server stops.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from flask import Response

from backend.errors import Busy
from backend.web.context import Context

HEARTBEAT = 3.0
"""Seconds after which a silent event stream says something, so that a dead one is noticed."""

REPEAT_PICTURE = 3.0
"""Seconds after which the last picture is sent again, for the same reason."""

RECHECK = 3.0
"""Seconds between two looks whether the key or session is still in force."""

STEP = 0.2
BOUNDARY = "frame"
WAITING = b"X-Waiting: yes\r\n"


class TooManyStreams(Busy):
    """All of MAX_STREAMS are taken."""

    code = "too_many_streams"


def _stream(here: Context, parts: Callable[[], Iterator[bytes]], mimetype: str,
            in_force: Callable[[], bool]) -> Response:
    if not here.streams.take():
        raise TooManyStreams("Too many live streams are open; close one, or raise MAX_STREAMS.",
                             retry_after=5)
    response = Response(_Ending(parts(), here.streams.give_back, in_force), mimetype=mimetype)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


class _Ending:
    """An iterator that gives its place back exactly once, even where it was never begun."""

    def __init__(self, parts: Iterator[bytes], give_back: Callable[[], None],
                 in_force: Callable[[], bool]) -> None:
        self._parts = parts
        self._give_back: Callable[[], None] | None = give_back
        self._in_force = in_force
        self._looked = time.monotonic()

    def __iter__(self) -> _Ending:
        return self

    def __next__(self) -> bytes:
        part = next(self._parts)
        now = time.monotonic()
        if now - self._looked >= RECHECK:
            self._looked = now
            if not self._in_force():
                raise StopIteration
        return part

    def close(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            self._parts.close()  # type: ignore[attr-defined]
            give_back()


def events(here: Context, after: int | None, in_force: Callable[[], bool]) -> Response:
    """Server-sent events newer than the event `after`; None begins with what comes now.

    `in_force` is asked now and then; the stream ends once it says no.
    """
    start = here.feed.newest() if after is None else after

    def parts() -> Iterator[bytes]:
        last, spoke = start, time.monotonic()
        yield b"retry: 2000\n\n"
        while not here.stopping.is_set():
            fresh = here.feed.after(last)
            for event in fresh:
                yield _as_message(here, event)
                last = event.id
            now = time.monotonic()
            if fresh:
                spoke = now
            elif now - spoke >= HEARTBEAT:
                yield b": still here\n\n"
                spoke = now
            here.stopping.wait(STEP)

    return _stream(here, parts, "text/event-stream", in_force)


def _as_message(here: Context, event: Any) -> bytes:
    payload = {"at": here.local(event.at), **event.payload}
    text = json.dumps(payload, ensure_ascii=False, default=str)
    return f"id: {event.id}\nevent: {event.kind}\ndata: {text}\n\n".encode()


def preview(here: Context, reader: Any, in_force: Callable[[], bool]) -> Response:
    """The pictures of a PreviewReader as MJPEG, each as soon as it is there; `in_force` as for `events`."""
    def parts() -> Iterator[bytes]:
        sequence, shown, sent = 0, b"", time.monotonic()
        with closing(reader):
            yield f"--{BOUNDARY}\r\n".encode()
            while not here.stopping.is_set():
                found = reader.wait(sequence, 1.0)
                now = time.monotonic()
                if found is not None:
                    sequence, shown = found
                elif now - sent < REPEAT_PICTURE:
                    continue
                sent = now
                # Before the first picture a line of its head: only sending tells that the reader has gone.
                yield _as_part(shown) if shown else WAITING

    return _stream(here, parts, f"multipart/x-mixed-replace; boundary={BOUNDARY}", in_force)


def _as_part(jpeg: bytes) -> bytes:
    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
    # The boundary goes behind the picture: a browser shows a part once it sees the next one begin.
    return head + jpeg + f"\r\n--{BOUNDARY}\r\n".encode()
