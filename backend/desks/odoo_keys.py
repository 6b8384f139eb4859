"""When the key to Odoo ends, and the warning ahead of it.

Odoo tells nobody by its API when a key expires: whoever made it has to say. Where nobody did,
it is taken to end as soon as Odoo's rule for users who are not administrators allows for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from backend.store.repositories.connections import FIRST

if TYPE_CHECKING:
    from backend.config import Settings
    from backend.desks.odoo_config import Config
    from backend.store.records import OdooConnection

LONGEST = timedelta(days=90)
"""The longest that Odoo lets a key of an ordinary user live."""
_NEW = ("Make a new one in Odoo (Preferences, Account Security) and save it on the settings page or with "
        "python backend/configure_odoo.py.")


@dataclass(frozen=True)
class KeyEnd:
    """The last day of a key; `assumed` where nobody said so. `left` in days, negative when over."""

    day: date
    assumed: bool
    left: int

    def warning(self, within: timedelta) -> str | None:
        """What to tell people, from `within` before the end on. An assumed end that has passed
        was assumed wrongly: the key would be refused."""
        if self.left > within.days or (self.assumed and self.left < 0):
            return None
        when = {0: "today", 1: "tomorrow"}.get(self.left, f"in {self.left} days")
        if self.assumed:
            return (f"The API key for Odoo may expire on {self.day}, {when}: Odoo lets most keys live for "
                    f"{LONGEST.days} days at most. {_NEW} Where it lives longer, say so with --key-expires.")
        if self.left < 0:
            return f"The API key for Odoo expired on {self.day}. {_NEW}"
        return f"The API key for Odoo expires on {self.day}, {when}. {_NEW}"


def key_end(settings: Settings, saved: OdooConnection, in_force: Config, today: date) -> KeyEnd | None:
    """When the secret in force ends; None for a password, and where nothing is known. `today` is
    the site's."""
    if in_force.password is None:
        return None
    day, assumed = settings.odoo_key_expires if saved.id == FIRST else None, False
    if day is None and in_force.password == saved.secret:
        day = saved.secret_expires_on
        if day is None and in_force.secret_kind == "api_key" and saved.secret_saved_at is not None:
            day, assumed = saved.secret_saved_at.astimezone(settings.site_zone).date() + LONGEST, True
    return None if day is None else KeyEnd(day, assumed, (day - today).days)
