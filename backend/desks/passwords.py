"""Passwords and PINs as argon2id hashes; checking takes the same time whoever is asked for."""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.errors import BadInput

SHORTEST, LONGEST = 8, 256

_hasher = PasswordHasher()  # RFC 9106, low memory: 64 MiB, three passes
_turns = BoundedSemaphore(2)  # so that many who try at once do not take all the memory


def check_strength(password: str) -> None:
    """Raises BadInput with what a password must be."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(f"A password has {SHORTEST} to {LONGEST} characters", code="weak_password")


def hash_secret(secret: str | bytes) -> str:
    with _turns:
        return _hasher.hash(secret)


def matches(stored: str | None, secret: str | bytes) -> bool:
    """Whether the secret belongs to the stored hash; None takes as long and is False."""
    with _turns:
        try:
            _hasher.verify(_nobody() if stored is None else stored, secret)
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
