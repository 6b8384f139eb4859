"""The vision service as other processes see it: pictures out, readings back.

The web process uses it, because dlib's embedding holds Python's global lock for 100 ms and a
server that embeds would stall every page. Calls may come from any thread. When the service is
started anew, calls wait for it a moment and go on.
"""

from __future__ import annotations

import logging
import threading
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, answer_challenge, deliver_challenge
from typing import TYPE_CHECKING, Any

from backend.config import Settings
from backend.errors import Busy, NotFound

if TYPE_CHECKING:
    from backend.vision.results import FrameResult, PictureReading

log = logging.getLogger(__name__)

_RESTART_WAIT = 6.0
"""Seconds to wait for a service that is being started: loading the network takes two or three."""


class VisionBusy(Busy):
    """More pictures wait for the vision service than VISION_QUEUE allows."""

    code = "vision_busy"


class VisionUnavailable(Busy):
    """The vision service gives no answer; the supervisor is starting it anew."""

    code = "vision_unavailable"


class CameraSessionEnded(NotFound):
    """No such camera session: silent for too long, or the vision service was started anew."""

    code = "camera_session_ended"


class RemotePictures:
    """Reads pictures in the vision service process."""

    def __init__(self, address: str, authkey: bytes, settings: Settings) -> None:
        self._address = address
        self._authkey = authkey
        self._timeout = settings.vision_timeout.total_seconds()
        self._idle: list[Connection] = []
        self._lock = threading.Lock()

    def read(self, data: bytes) -> PictureReading:
        """Every face of the picture in `data` (JPEG, PNG, …), with its decision.

        Raises UnreadableImage or ImageTooLarge (422), VisionBusy or VisionUnavailable (503).
        """
        return self._ask("read", data)

    def measure(self, data: bytes) -> PictureReading:
        """As `read`, with the faces' quality alone: no template, no decision, much quicker."""
        return self._ask("measure", data)

    def open_session(self, device: str) -> str:
        """Begin a browser camera's session on `device`; returns its id.

        Raises VisionBusy when MAX_CAMERA_SESSIONS are open.
        """
        return self._ask("open_session", device)

    def frame(self, session: str, data: bytes) -> FrameResult:
        """Give the session's next frame (JPEG) to its tracker; the caller records the sightings.

        Raises CameraSessionEnded (404) after a silence; open another session then.
        """
        return self._ask("frame", session, data)

    def close_session(self, session: str) -> None:
        """End a session; one that has ended already is no error."""
        self._ask("close_session", session)

    def state(self) -> dict[str, Any]:
        """Queue length, sessions and counters of the service, for health: answered at once, also
        where the service is being started (VisionUnavailable)."""
        return self._ask("state", timeout=2.0, patient=False)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _ask(self, kind: str, *parts: Any, timeout: float | None = None, patient: bool = True) -> Any:
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        # Twice at most: a picture that ends the service must not end the next one as well.
        for last in (False, True):
            connection = self._connection(deadline, patient)
            try:
                # The service drops what nobody waits for any more.
                connection.send((kind, parts, deadline - time.monotonic()))
                if not connection.poll(max(0.0, deadline - time.monotonic())):
                    connection.close()
                    raise VisionUnavailable(
                        "The vision service did not answer in time; try again in a moment.",
                        code="vision_timeout", retry_after=5)
                good, value = connection.recv()
            except (EOFError, OSError) as error:
                connection.close()
                self.close()  # the others lead to the same ended process
                log.info("the vision service went away (%s)", type(error).__name__)
                if last:
                    break
                continue
            self._put_back(connection)
            if good:
                return value
            raise value
        raise _unavailable()

    def _connection(self, deadline: float, patient: bool) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        give_up = min(deadline, time.monotonic() + _RESTART_WAIT)
        while True:
            try:
                return self._connect(give_up)
            except (OSError, EOFError, AuthenticationError):
                if not patient or time.monotonic() + 0.1 >= give_up:
                    raise _unavailable() from None
                time.sleep(0.1)

    def _connect(self, deadline: float) -> Connection:
        # Client(address, authkey=…) would wait without end for a service that hangs.
        connection = Client(self._address)
        try:
            if not connection.poll(max(0.0, deadline - time.monotonic())):
                raise TimeoutError("the vision service does not greet")
            answer_challenge(connection, self._authkey)
            deliver_challenge(connection, self._authkey)
        except BaseException:
            connection.close()
            raise
        return connection

    def _put_back(self, connection: Connection) -> None:
        with self._lock:
            self._idle.append(connection)


def _unavailable() -> VisionUnavailable:
    return VisionUnavailable("The vision service is being started; try again in a moment.",
                             retry_after=3)
