"""What a request may use: one object an application, found through `context()`."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import current_app

from backend.attendance.time import local_text
from backend.clock import Clock
from backend.config import Settings
from backend.web.limits import LockOut, RateLimit, Slots

if TYPE_CHECKING:
    from backend.attendance_system import AttendanceSystem
    from backend.processes.links import Links
    from backend.web.feed import EventFeed

KEY = "face_attendance"


@dataclass
class Context:
    """Made once by `create_app`; shared by all threads of the server."""

    settings: Settings
    clock: Clock
    system: AttendanceSystem
    pictures: Any
    """Reads pictures: the vision service (RemotePictures), or LocalPictures where there is none."""
    links: Links | None
    """The camera workers' previews; None where no supervisor runs."""
    feed: EventFeed
    streams: Slots
    rate: RateLimit
    wrong: LockOut
    scopes: dict[str, str] = field(default_factory=dict)
    """Each API endpoint's scope, by Flask's endpoint name."""
    picture_endpoints: frozenset[str] = frozenset()
    """The API endpoints whose bodies may be large."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the server stops, so that live streams end."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def close(self) -> None:
        """End the live streams, and write what was gathered for the log."""
        self.stopping.set()
        self.system.journal.close()
        self.system.access.close()

    def local(self, moment: datetime | None) -> str | None:
        """`moment` (aware) as ISO 8601 with offset in the site's zone; None stays None."""
        return local_text(moment, self.zone)


def context() -> Context:
    """The running application's; raises RuntimeError outside a request or application context."""
    found: Context = current_app.extensions[KEY]
    return found
