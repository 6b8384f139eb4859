"""Who may log in: passwords, API keys, and Odoo's memory of secrets that it has checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class ApiKey:
    """A key of a user's; `expires` is aware, None for never."""

    uid: int
    secret: str
    expires: datetime | None

    def good_at(self, now: datetime, longer: timedelta = timedelta()) -> bool:
        return self.expires is None or self.expires + longer > now


class Accounts:
    """The secrets of all users; `clock` gives aware UTC."""

    # A key that has run out goes on working this long where a server process remembers it.
    REMEMBERED = timedelta(seconds=5)

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.passwords: dict[int, str] = {}
        self.keys: list[ApiKey] = []
        self._remembered: set[tuple[int, str]] = set()

    def password_fits(self, uid: int, secret: str) -> bool:
        return bool(secret) and self.passwords.get(uid) == secret

    def fits(self, uid: int, secret: str) -> bool:
        """Whether a log-in with this password or key succeeds now."""
        return self.password_fits(uid, secret) or self.owner(secret, uid) is not None

    def fits_a_call(self, uid: int, secret: str) -> bool:
        """Whether a call may be made with it: as `fits`, and for a while longer with what was good before."""
        if self.fits(uid, secret):
            self._remembered.add((uid, secret))
            return True
        return (uid, secret) in self._remembered and self.owner(secret, uid, self.REMEMBERED) is not None

    def known(self, uid: int, secret: str) -> bool:
        """Whether a server process remembers the pair, so that checking it costs nothing."""
        return (uid, secret) in self._remembered

    def owner(self, secret: str, uid: int | None = None, longer: timedelta = timedelta()) -> int | None:
        """The user whose good key this is (`uid` alone where given), or None."""
        now = self._clock()
        return next(
            (
                key.uid
                for key in self.keys
                if key.secret == secret and uid in (None, key.uid) and key.good_at(now, longer)
            ),
            None,
        )

    def forget(self) -> None:
        """Empty the memory, as a restart does."""
        self._remembered.clear()
