"""What the desks share: settings, clock, store and sealing. Built by `backend.app.build`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from backend.clock import Clock
from backend.config import Settings

if TYPE_CHECKING:
    from backend.store import Sealer, Store


@dataclass(frozen=True)
class Parts:
    """One set for each process: a store is never shared over a fork or a spawn."""

    settings: Settings
    clock: Clock
    store: Store
    sealer: Sealer

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return self.settings.site_zone
