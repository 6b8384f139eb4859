"""When the key to Odoo ends, and the warning ahead of it.

Odoo tells nobody by its API when a key expires: whoever made it has to say. Where nobody did,
it is taken to end as soon as Odoo's rule for users who are not administrators allows for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from backend.store.repositories.connections import FIRST

if TYPE_CHECKING:
    from backend.config import Settings
    from backend.desks.odoo_config import Config
    from backend.desks.parts import Parts
    from backend.store.records import OdooConnection

LONGEST = timedelta(days=90)
"""The longest that Odoo lets a key of an ordinary user live."""
FIRST_USED = "key_first_used"
"""Where that moment of a key in the environment is kept, in the connection's state."""
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


def note_use(parts: Parts, connection_id: int, in_force: Config) -> None:
    """Remember since when a key is used that was not saved, but stands in the environment. Of the
    key itself a keyed digest is kept, which tells it from the next one."""
    if in_force.password is None or in_force.secret_kind != "api_key":
        return
    digests = [one.hex() for one in parts.sealer.fingerprints("key in the environment", in_force.password.encode())]
    with parts.store.read() as unit:
        saved = unit.connections.get(connection_id)
    if in_force.password == saved.secret or saved.state.get(FIRST_USED, {}).get("digest") in digests:
        return
    with parts.store.write() as unit:
        unit.connections.remember(connection_id, **{FIRST_USED: {
            "digest": digests[0], "at": unit.now().isoformat()}})


def _first_used(saved: OdooConnection) -> datetime | None:
    held = saved.state.get(FIRST_USED)
    return datetime.fromisoformat(held["at"]) if held else None


def key_end(settings: Settings, saved: OdooConnection, in_force: Config, today: date) -> KeyEnd | None:
    """When the secret in force ends; None for a password, and where nothing is known. `today` is
    the site's."""
    if in_force.password is None:
        return None
    day, assumed = settings.odoo_key_expires if saved.id == FIRST else None, False
    is_saved = in_force.password == saved.secret
    if day is None and is_saved:
        day = saved.secret_expires_on
    if day is None and in_force.secret_kind == "api_key":
        seen = saved.secret_saved_at if is_saved else _first_used(saved)
        if seen is not None:
            day, assumed = seen.astimezone(settings.site_zone).date() + LONGEST, True
    return None if day is None else KeyEnd(day, assumed, (day - today).days)
