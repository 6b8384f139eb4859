"""Hints from Odoo: an automation there says that a record has changed, and we look for ourselves.

Nothing of what it sends is believed but the model and the id. Who sends must know a secret of
its own, which is kept sealed and is made when it is first asked for.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from backend.desks.odoo_runs import RunLost, Stopping
from backend.odoo.bridge.place import PlaceMoved
from backend.odoo.errors import OdooError
from backend.store.errors import SyncRunning

if TYPE_CHECKING:
    from backend.desks.odoo import OdooDesk
    from backend.desks.parts import Parts

EMPLOYEES, ATTENDANCES = "hr.employee", "hr.attendance"
MODELS = (EMPLOYEES, ATTENDANCES)
_AGAIN = timedelta(seconds=1)
"""After which hints are taken up again that met another run, or an Odoo that did not answer."""
_LATER = timedelta(minutes=1)
"""After which those are that Odoo answered with a refusal or a fault, which will hardly pass in a second."""
_BYTES = 24
"""192 random bits: 32 characters that may stand in an address."""


class HintsDesk:
    """Threads may share it."""

    def __init__(self, parts: Parts, odoo: OdooDesk) -> None:
        self._parts = parts
        self._odoo = odoo
        self.connection = odoo.connection

    def secret(self) -> str:
        """What an automation has to bring; made where there is none yet."""
        with self._parts.store.read() as unit:
            found = unit.connections.get(self.connection.id).hook_secret
        if found is not None:
            return found
        with self._parts.store.write() as unit:
            found = unit.connections.get(self.connection.id).hook_secret  # somebody else may have been quicker
            if found is None:
                found = secrets.token_urlsafe(_BYTES)
                unit.connections.save_hook_secret(found, self.connection.id)
        return found

    def renew_secret(self, by: str) -> str:
        """Another secret; the old one is worth nothing from now on. `by` is for the log."""
        made = secrets.token_urlsafe(_BYTES)
        with self._parts.store.write() as unit:
            unit.connections.save_hook_secret(made, self.connection.id)
            unit.logs.append("security", "info", self.connection.say(
                "The secret for hints from Odoo was made anew"), {"by": by})
        return made

    def knows(self, given: str) -> bool:
        """Whether `given` is the secret; in constant time."""
        secret = self._secret_there_is()
        return secret is not None and hmac.compare_digest(given.encode(), secret.encode())

    def signed(self, body: bytes, signature: str) -> bool:
        """Whether `signature` is "sha256=" and the hexadecimal HMAC-SHA256 of the body's bytes
        under the secret; in constant time."""
        secret = self._secret_there_is()
        if secret is None:
            return False
        right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(signature.strip().lower().encode(), right.encode())

    def _secret_there_is(self) -> str | None:
        with self._parts.store.read() as unit:
            return unit.connections.get(self.connection.id).hook_secret

    def note(self, model: str, odoo_id: int) -> bool:
        """Have the record read soon; False where it will be anyway, or is none of ours."""
        if model not in MODELS:
            return False
        with self._parts.store.write() as unit:
            return unit.hints.add(model, odoo_id, self.connection.id)

    def read(self) -> int:
        """Read back the records whose hints are due; how many. While Odoo is not to be had they
        wait."""
        with self._parts.store.read() as unit:
            if not unit.hints.waiting(self.connection.id):
                return 0
        if not self._odoo.may_try():
            return 0
        with self._parts.store.write() as unit:
            hints = unit.hints.take(connection_id=self.connection.id)
        if not hints:
            return 0
        found = {model: sorted({hint.odoo_id for hint in hints if hint.model == model}) for model in MODELS}
        done, wait = False, _AGAIN
        try:
            self._odoo.read_back(found[EMPLOYEES], found[ATTENDANCES])
            done = True
        except (SyncRunning, RunLost, Stopping, PlaceMoved):
            return 0
        except OdooError as error:
            wait = _LATER if error.kind == "permanent" else _AGAIN
            return 0  # it is told where Odoo's state is kept
        finally:
            with self._parts.store.write() as unit:
                if done:
                    unit.hints.done(hints)
                else:
                    unit.hints.put_back(hints, wait)
        return len(hints)
