"""The vision service: reads pictures for processes that must not hold Python's lock for long.

One thread does the work, in the order of arrival; VISION_QUEUE pictures wait for it and one
more is refused at once. Each connection has a thread that only waits. Connections carry an
authentication key and pickles, between processes of one user of one machine.

Protocol, one request at a time on a connection: (kind, arguments, seconds the caller waits) is
answered by (True, value) or (False, exception).
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import pickle
import queue
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Client,
    Connection,
    Listener,
    address_type,
    answer_challenge,
    deliver_challenge,
)
from typing import Any, Protocol

from backend.config import Settings
from backend.errors import FaceAttendanceError
from backend.lifeline import Lifeline
from backend.vision.client import CameraSessionEnded, VisionBusy, VisionUnavailable
from backend.vision.results import FrameResult, PictureReading

log = logging.getLogger(__name__)


class StillReader(Protocol):
    """What reads still pictures: LocalPictures."""

    def read(self, data: bytes) -> PictureReading: ...

    def measure(self, data: bytes) -> PictureReading: ...


FrameReader = Callable[[bytes], FrameResult]
"""A tracker's front: the next frame as a picture file, to what it brought."""


@dataclass(eq=False)
class _CameraSession:
    """A browser kiosk's camera; its tracker is made by the working thread at the first frame."""

    device: str
    heard: float
    reader: FrameReader | None = None


@dataclass(eq=False)
class _Task:
    """A piece of work in the queue. Nobody waits for it after `deadline` (monotonic)."""

    work: Callable[[], Any]
    deadline: float
    done: threading.Event = field(default_factory=threading.Event)
    answer: tuple[bool, Any] = (False, None)


class VisionService:
    """Still pictures and browser cameras' sessions, behind one bounded queue."""

    def __init__(self, pictures: StillReader, new_tracker: Callable[[str], FrameReader],
                 settings: Settings, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`new_tracker(device)` is called for each browser camera's session."""
        self._pictures = pictures
        self._new_tracker = new_tracker
        self._settings = settings
        self._monotonic = monotonic
        self._queue: queue.Queue[_Task] = queue.Queue(maxsize=settings.vision_queue)
        self._sessions: dict[str, _CameraSession] = {}
        self._lock = threading.Lock()
        self._done = 0
        self._refused = 0
        self._mean_seconds = 0.5
        self._kinds: dict[str, Callable[..., Any]] = {
            "read": self._read, "measure": self._measure, "frame": self._frame, "open_session": self._open_session,
            "close_session": self._close_session, "state": self._state,
        }

    def serve(self, address: str, authkey: bytes, lifeline: Lifeline) -> None:
        """Listen at `address` and work until the lifeline says stop."""
        if address_type(address) == "AF_UNIX":
            # Left behind by a service that was killed; the supervisor runs one at a time.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(address)
        with Listener(address, backlog=64) as listener:
            threading.Thread(target=self._accept, args=(listener, authkey, lifeline),
                             name="accept", daemon=True).start()
            lifeline.ready(address=address)
            while not lifeline.stopping.is_set():
                lifeline.beat()
                self._work_once()
                self._end_silent_sessions()
            with contextlib.suppress(OSError):
                Client(address).close()  # wakes the accepting thread

    def _work_once(self) -> None:
        try:
            task = self._queue.get(timeout=0.25)
        except queue.Empty:
            return
        begun = self._monotonic()
        if begun < task.deadline:
            task.answer = _attempt(task.work)
            self._done += 1
            self._mean_seconds += 0.2 * (self._monotonic() - begun - self._mean_seconds)
        task.done.set()

    def _accept(self, listener: Listener, authkey: bytes, lifeline: Lifeline) -> None:
        while True:
            try:
                connection = listener.accept()
            except OSError as error:
                if lifeline.stopping.is_set():
                    return
                log.warning("a connection could not be accepted: %s", error)
                time.sleep(0.1)
                continue
            if lifeline.stopping.is_set():
                connection.close()
                return
            threading.Thread(target=self._converse, args=(connection, authkey),
                             name="conversation", daemon=True).start()

    def _converse(self, connection: Connection, authkey: bytes) -> None:
        # The handshake is done here and not by the listener, which a silent caller would block.
        with connection, contextlib.suppress(EOFError, OSError, AuthenticationError):
            deliver_challenge(connection, authkey)
            answer_challenge(connection, authkey)
            while True:
                kind, parts, seconds = connection.recv()
                ask = partial(self._kinds[kind], self._monotonic() + seconds, *parts)
                connection.send(_sendable(*_attempt(ask)))

    def _read(self, deadline: float, data: bytes) -> PictureReading:
        return self._queued(deadline, lambda: self._pictures.read(data))

    def _measure(self, deadline: float, data: bytes) -> PictureReading:
        return self._queued(deadline, lambda: self._pictures.measure(data))

    def _frame(self, deadline: float, session_id: str, data: bytes) -> FrameResult:
        with self._lock:
            session = self._sessions.get(session_id)
            if session is None:
                raise _ended()
            session.heard = self._monotonic()

        def work() -> FrameResult:
            if session.reader is None:
                session.reader = self._new_tracker(session.device)
            try:
                return session.reader(data)
            finally:
                session.heard = self._monotonic()  # waiting in our queue is not its silence

        return self._queued(deadline, work)

    def _open_session(self, deadline: float, device: str) -> str:
        self._end_silent_sessions()
        with self._lock:
            if len(self._sessions) >= self._settings.max_camera_sessions:
                raise VisionBusy(
                    f"{len(self._sessions)} browser cameras are at work, as many as "
                    "MAX_CAMERA_SESSIONS allows; close one or raise the setting.",
                    code="too_many_camera_sessions",
                    retry_after=math.ceil(self._settings.camera_session_silence.total_seconds()))
            session_id = secrets.token_urlsafe(16)
            self._sessions[session_id] = _CameraSession(device, self._monotonic())
            return session_id

    def _close_session(self, deadline: float, session_id: str) -> None:
        with self._lock:
            self._sessions.pop(session_id, None)

    def _state(self, deadline: float) -> dict[str, Any]:
        return {"queue": self._queue.qsize(), "queue_limit": self._queue.maxsize,
                "sessions": len(self._sessions), "pictures": self._done, "refused": self._refused,
                "mean_seconds": round(self._mean_seconds, 3), "pid": os.getpid()}

    def _queued(self, deadline: float, work: Callable[[], Any]) -> Any:
        task = _Task(work, deadline)
        try:
            self._queue.put_nowait(task)
        except queue.Full:
            self._refused += 1
            wait = max(1, math.ceil(self._mean_seconds * (self._queue.maxsize + 1)))
            raise VisionBusy("More pictures are waiting than the server can read; "
                             f"try again in {wait} s.", retry_after=wait) from None
        # A little longer than the caller, who then says so in its own words.
        if not task.done.wait(max(0.0, deadline - self._monotonic()) + 0.5):
            raise TimeoutError("nobody waits for this picture any more")
        good, value = task.answer
        if not good:
            raise value or TimeoutError("nobody waits for this picture any more")
        return value

    def _end_silent_sessions(self) -> None:
        silence = self._settings.camera_session_silence.total_seconds()
        oldest = self._monotonic() - silence
        with self._lock:
            for session_id in [key for key, value in self._sessions.items() if value.heard < oldest]:
                del self._sessions[session_id]


def _attempt(work: Callable[[], Any]) -> tuple[bool, Any]:
    """The outcome of `work` as an answer; an unexpected failure is logged and told in one line."""
    try:
        return True, work()
    except FaceAttendanceError as error:
        return False, error
    except TimeoutError as error:
        return False, VisionUnavailable(str(error), code="vision_timeout", retry_after=5)
    except Exception:
        log.exception("a picture could not be read")
        return False, FaceAttendanceError(
            "The picture could not be read because of a fault in the program; the log says more.",
            code="vision_failed")


def _sendable(good: bool, value: Any) -> tuple[bool, Any]:
    """An exception is only sent where it arrives as what it is."""
    if good:
        return True, value
    try:
        pickle.loads(pickle.dumps(value))
    except Exception:
        value = FaceAttendanceError(str(value), code=value.code, status=value.status,
                                    details=value.details, retry_after=value.retry_after)
    return False, value.with_traceback(None)


def _ended() -> CameraSessionEnded:
    return CameraSessionEnded("This camera session has ended; open another one.")
