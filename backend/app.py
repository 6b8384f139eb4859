"""build: the one place where the product's parts are put together.

The web, the command line, the workers and, lazily, AttendanceSystem call it; each process
builds its own.
"""

from __future__ import annotations

from backend.clock import Clock, system_clock
from backend.config import Settings
from backend.desks.parts import Parts
from backend.desks.policies import keep_policy
from backend.store import open_store
from backend.vision.engines import engine_name

__all__ = ["Parts", "build"]


def build(settings: Settings, clock: Clock = system_clock, migrate: bool = False) -> Parts:
    """Open the store that `settings` name and keep the attendance rules in it.

    An empty database is created. With `migrate`, which the supervisor and the command of that
    name pass, an older one is brought up to date and changed settings become a new policy.
    Raises SettingError and its kin, each one line for people.
    """
    store = open_store(settings, clock, migrate=migrate, face_engine=engine_name(settings))
    parts = Parts(settings, clock, store, store.sealer)
    try:
        keep_policy(parts, changed=migrate)
    except BaseException:
        store.close()
        raise
    return parts
