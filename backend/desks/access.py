"""Access: API keys, page users and their sessions, the first-run set-up, PINs.

Secrets leave this desk once, when they are made; the database holds hashes only.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from backend.clock import require_aware
from backend.desks.batching import Batch
from backend.desks.passwords import check_strength, hash_secret, is_outdated, matches
from backend.desks.pins import Pins
from backend.desks.scopes import ROLES, check_scopes
from backend.errors import BadInput, Conflict, FaceAttendanceError, NotFound
from backend.store.records import ApiKey, PageSession, User

if TYPE_CHECKING:
    from backend.desks.parts import Parts
    from backend.store import Unit

KEY_MARK = "fa"
_LETTERS = string.ascii_letters + string.digits
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is easily taken for another
_PREFIX_LENGTH, _KEY_LENGTH, _CODE_LENGTH = 8, 32, 12  # 190 random bits in a key, 59 in a code
_SETUP_KEY = "access.setup"
SETUP_TRIES = 20
"""Wrong set-up codes until the code is void; a new start prints another."""


class WrongSetupCode(FaceAttendanceError):
    code = "wrong_code"
    status = 401


class AlreadySetUp(Conflict):
    code = "already_set_up"


class UserExists(Conflict):
    code = "user_exists"


class AccessDesk:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._pins = Pins(parts)
        self._uses: Batch[tuple[int, datetime]] = Batch(self._note_uses)

    # Keys

    def create_key(self, name: str, scopes: Iterable[str],
                   expires: datetime | None = None) -> tuple[ApiKey, str]:
        """A new key, and its plain text, which is never to be had again. `expires` is aware
        and lies ahead. Raises BadInput."""
        name = name.strip()
        if not 1 <= len(name) <= 100:
            raise BadInput("A key has a name of 1 to 100 characters", code="bad_name")
        allowed = check_scopes(scopes)
        if expires is not None and require_aware(expires) <= self._parts.clock():
            raise BadInput("A key expires in the future", code="bad_expiry")
        prefix = f"{KEY_MARK}_{_random(_LETTERS, _PREFIX_LENGTH)}"
        plain = f"{prefix}_{_random(_LETTERS, _KEY_LENGTH)}"
        with self._parts.store.write() as unit:
            key = unit.keys.add(name, _digest(plain), prefix, allowed, expires)
            unit.logs.append("security", "info", f"The key {name} was made",
                             {"key": key.id, "scopes": list(allowed)})
        return key, plain

    def check_key(self, plain: str) -> ApiKey | None:
        """The key in force with this plain text; None for any other text."""
        prefix, _, _ = plain.rpartition("_")
        digest, found = _digest(plain), None
        with self._parts.store.read() as unit:
            for stored, key in unit.keys.with_prefix(prefix[:16]):
                if hmac.compare_digest(stored, digest):
                    found = key
        now = self._parts.clock()
        if found is None or found.revoked_at is not None:
            return None
        if found.expires_at is not None and found.expires_at <= now:
            return None
        self._uses.add((found.id, now))
        return found

    def list_keys(self) -> list[ApiKey]:
        """Also the expired and the revoked."""
        self._uses.flush()
        with self._parts.store.read() as unit:
            return unit.keys.list()

    def revoke_key(self, key_id: int | str) -> ApiKey:
        """End a key at once; it stays in the list. Raises NotFound."""
        with self._parts.store.write() as unit:
            key = unit.keys.get(int(key_id)) if str(key_id).isdecimal() else None
            if key is None:
                raise NotFound(f"There is no key {key_id}; `key list` shows them", code="key_not_found")
            if unit.keys.revoke(key.id):
                unit.logs.append("security", "info", f"The key {key.name} was revoked", {"key": key.id})
            revoked = unit.keys.get(key.id)
        assert revoked is not None
        return revoked

    # Page users

    def create_user(self, username: str, password: str, role: str) -> User:
        """Raises BadInput for a bad name, password or role, UserExists for a name that is taken."""
        username, hashed = self._prepare(username, password, role)
        with self._parts.store.write() as unit:
            return self._add_user(unit, username, hashed, role)

    def check_password(self, username: str, password: str) -> User | None:
        """The user; None for a wrong password, an unknown or a disabled user, in equal time."""
        with self._parts.store.read() as unit:
            user = unit.users.by_name(_user_key(username))
        usable = user is not None and user.disabled_at is None and len(password) <= 1024
        if not matches(user.password_hash if user and usable else None, password[:1024]):
            return None
        assert user is not None
        if is_outdated(user.password_hash):
            with self._parts.store.write() as unit:
                unit.users.renew_hash(user.id, hash_secret(password))
        return user

    def set_password(self, username: str, password: str) -> None:
        """Also logs the user out everywhere. Raises BadInput and NotFound."""
        check_strength(password)
        hashed = hash_secret(password)
        with self._parts.store.write() as unit:
            user = self._user(unit, username)
            unit.users.set_password(user.id, hashed)
            unit.logs.append("security", "info", f"{user.username} was given a new password")

    def disable_user(self, username: str) -> None:
        """Also logs the user out everywhere. Raises NotFound."""
        with self._parts.store.write() as unit:
            user = self._user(unit, username)
            unit.users.disable(user.id)
            unit.logs.append("security", "info", f"The page user {user.username} was disabled")

    def list_users(self) -> list[User]:
        with self._parts.store.read() as unit:
            return unit.users.list()

    # Page sessions

    def open_session(self, user: User) -> tuple[str, PageSession]:
        """The cookie's value, and the session that it opens until SESSION_LIFETIME has passed,
        or KIOSK_SESSION_LIFETIME for a kiosk, which nobody wants to log in again each morning."""
        token, settings = secrets.token_urlsafe(32), self._parts.settings
        lifetime = settings.kiosk_session_lifetime if user.role == "kiosk" else settings.session_lifetime
        expires = self._parts.clock() + lifetime
        with self._parts.store.write() as unit:
            unit.sessions.add(_digest(token), user.id, secrets.token_urlsafe(24), expires)
            session = unit.sessions.get(_digest(token))
        assert session is not None
        return token, session

    def check_session(self, token: str) -> PageSession | None:
        """The session of a cookie; None where it has ended or never was."""
        with self._parts.store.read() as unit:
            return unit.sessions.get(_digest(token))

    def close_session(self, token: str) -> None:
        with self._parts.store.write() as unit:
            unit.sessions.delete(_digest(token))

    @staticmethod
    def same(one: str, other: str) -> bool:
        """Whether two secrets are equal, in constant time."""
        return hmac.compare_digest(_digest(one), _digest(other))

    # First run

    def setup_needed(self) -> bool:
        """Whether there is no page user yet."""
        with self._parts.store.read() as unit:
            return unit.users.count() == 0

    def setup_code(self) -> str | None:
        """A new one-time code, to be printed on the console; None once there is a page user.
        A code printed earlier is void."""
        letters = _random(_CODE_LETTERS, _CODE_LENGTH)
        code = "-".join(letters[start:start + 4] for start in range(0, _CODE_LENGTH, 4))
        with self._parts.store.write() as unit:
            if unit.users.count():
                return None
            unit.config.set(_SETUP_KEY, {"hash": self._code_hash(code), "tries": 0})
        return code

    def complete_setup(self, code: str, username: str, password: str) -> User:
        """Make the first administrator. Raises WrongSetupCode, AlreadySetUp, BadInput."""
        self._spend_try(code)  # counted even where name or password turn out to be bad
        username, hashed = self._prepare(username, password, "admin")
        with self._parts.store.write() as unit:
            if unit.users.count():
                raise AlreadySetUp("There is an administrator already: log in")
            user = self._add_user(unit, username, hashed, "admin")
            unit.config.delete(_SETUP_KEY)
        return user

    # PINs

    def set_pin(self, person: UUID, pin: str | None) -> None:
        """Give a person a PIN of 4 to 12 digits, or take it away with None. Raises BadInput."""
        self._pins.set(person, pin)

    def verify_pin(self, person: UUID, pin: str, device: str | None = None) -> None:
        """Return for the right PIN; raise PinWrong, or PinLocked after PIN_TRIES_PERSON or
        PIN_TRIES_DEVICE wrong ones in PIN_WINDOW."""
        self._pins.verify(person, pin, device)

    def flush(self) -> None:
        """Write what is gathered: the keys' last uses."""
        self._uses.flush()

    def close(self) -> None:
        self._uses.close()

    def _note_uses(self, uses: Sequence[tuple[int, datetime]]) -> None:
        with self._parts.store.write() as unit:
            unit.keys.used(dict(uses))

    def _prepare(self, username: str, password: str, role: str) -> tuple[str, str]:
        username = _user_key(username)
        if not 1 <= len(username) <= 64 or any(letter.isspace() for letter in username):
            raise BadInput("A user name has 1 to 64 characters and no spaces", code="bad_username")
        if role not in ROLES:
            raise BadInput(f"There is no role {role!r}; there are {', '.join(ROLES)}", code="bad_role")
        check_strength(password)
        return username, hash_secret(password)

    def _add_user(self, unit: Unit, username: str, hashed: str, role: str) -> User:
        if unit.users.by_name(username) is not None:
            raise UserExists(f"There is a page user {username} already")
        user = unit.users.add(username, hashed, role)
        unit.logs.append("security", "info", f"The page user {username} was made", {"role": role})
        return user

    def _user(self, unit: Unit, username: str) -> User:
        user = unit.users.by_name(_user_key(username))
        if user is None:
            raise NotFound(f"There is no page user {username}", code="user_not_found")
        return user

    def _spend_try(self, code: str) -> None:
        with self._parts.store.write() as unit:
            if unit.users.count():
                raise AlreadySetUp("There is an administrator already: log in")
            standing = unit.config.get(_SETUP_KEY)
            right = standing is not None and standing["tries"] < SETUP_TRIES and (
                self.same(standing["hash"], self._code_hash(code)))
            if standing is not None and not right:
                unit.config.set(_SETUP_KEY, {**standing, "tries": standing["tries"] + 1})
                unit.logs.append("security", "warning", "A wrong set-up code was given")
        if not right:
            raise WrongSetupCode("The code is not the one on the server's console; "
                                 "start the server again for a new one")

    def _code_hash(self, code: str) -> str:
        plain = "".join(letter for letter in code.upper() if letter in _CODE_LETTERS)
        return self._parts.sealer.fingerprint("set-up code", plain.encode()).hex()


def _random(letters: str, length: int) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _user_key(username: str) -> str:
    return username.strip().casefold()
