"""The lease of a camera device: of all programs that share a database, one works a camera."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from backend.store import Store

LENGTH = timedelta(seconds=15)
"""How long a device stays taken after a power cut; a worker that ends gives it back at once."""

_RENEW_EVERY = 5.0
_ASK_EVERY = 1.0


class Lease:
    """Call `keep` often, from one thread; it writes only when it is time to."""

    def __init__(self, store: Store, device: str, owner: str, *,
                 monotonic: Callable[[], float] = time.monotonic) -> None:
        """`owner` is the same for all workers of one run, so that a successor need not wait."""
        self._store = store
        self._device = device
        self._owner = owner
        self._monotonic = monotonic
        self._asked: float | None = None
        self.held = False
        """Whether the device is ours. While the database is away it stays as it was: nobody else
        can take the device then, and people go on being greeted."""
        self.denied = False
        """Whether somebody else has it."""

    def keep(self) -> bool:
        """Take or renew the lease where it is due; True where something was written.

        Raises the store's errors.
        """
        now = self._monotonic()
        wait = _RENEW_EVERY if self.held else _ASK_EVERY
        if self._asked is not None and now - self._asked < wait:
            return False
        self._asked = now
        with self._store.write() as unit:
            taken = unit.devices.take_lease(self._device, self._owner, LENGTH)
        self.held, self.denied = taken, not taken
        return True

    def release(self) -> None:
        """Give the device back. Raises the store's errors."""
        if self.held:
            self.held = False
            with self._store.write() as unit:
                unit.devices.release_lease(self._device, self._owner)
