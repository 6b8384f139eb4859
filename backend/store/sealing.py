"""Seals what must not be read from a stolen database: templates, passwords, camera addresses.

AES-256-GCM under subkeys that HKDF derives from one master key. A blob is version (1 byte), key
id (4), nonce (12), ciphertext and tag (16); table, column and row are associated data, so that a
blob moved to another place does not open. Nothing here knows the database.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.store.errors import Tampered, WrongKey

VERSION = 1
KEY_BYTES = 32
_KEY_ID = slice(1, 5)
_NONCE = slice(5, 17)
_HEADER = 17
_TAG = 16


class MasterKey:
    """One master key and what is derived from it; `identity` is 4 bytes that do not betray it."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes, not {len(secret)}")
        self._secret = secret
        self._ciphers: dict[str, AESGCM] = {}

    @cached_property
    def identity(self) -> bytes:
        return self.subkey("key id")[:4]

    def subkey(self, purpose: str) -> bytes:
        """32 bytes for one purpose; other purposes cannot be computed from them."""
        derive = HKDF(SHA256(), KEY_BYTES, salt=None, info=f"face-attendance/1/{purpose}".encode())
        return derive.derive(self._secret)

    def cipher(self, purpose: str) -> AESGCM:
        if purpose not in self._ciphers:
            self._ciphers[purpose] = AESGCM(self.subkey(f"seal {purpose}"))
        return self._ciphers[purpose]


class Sealer:
    """Seals with the present key; opens what that key or the previous one sealed."""

    def __init__(self, key: bytes, previous: bytes | None = None) -> None:
        self.present = MasterKey(key)
        self.keys = {self.present.identity: self.present}
        if previous is not None:
            old = MasterKey(previous)
            self.keys.setdefault(old.identity, old)

    def seal(self, plain: bytes, purpose: str, table: str, column: str, row: object) -> bytes:
        """The blob of `plain` for exactly this place; `purpose` is "templates" or "secrets"."""
        header = bytes([VERSION]) + self.present.identity + os.urandom(12)
        place = header + _place(table, column, row)
        return header + self.present.cipher(purpose).encrypt(header[_NONCE], plain, place)

    def open(self, blob: bytes, purpose: str, table: str, column: str, row: object) -> bytes:
        """What was sealed here. Raises WrongKey for an unknown key, Tampered for anything else."""
        if len(blob) < _HEADER + _TAG or blob[0] != VERSION:
            raise Tampered(f"{table}.{column} of {row} is not a sealed value of this program")
        key = self.keys.get(blob[_KEY_ID])
        if key is None:
            raise WrongKey(f"{table}.{column} of {row} was sealed with another key; "
                           "give that key as SECRET_KEY_PREVIOUS")
        header = blob[:_HEADER]
        try:
            return key.cipher(purpose).decrypt(
                header[_NONCE], blob[_HEADER:], header + _place(table, column, row))
        except InvalidTag:
            raise Tampered(f"{table}.{column} of {row} was changed from outside or moved from "
                           "another row; restore a backup") from None

    def is_present(self, blob: bytes) -> bool:
        """Whether the blob was sealed with the present key."""
        return blob[_KEY_ID] == self.present.identity

    def fingerprint(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA-256 under the present key: recognises `data` without telling it."""
        return _hmac(self.present, purpose, data)

    def fingerprints(self, purpose: str, data: bytes) -> Iterable[bytes]:
        """The fingerprint under each key that is still read, the present one first."""
        return [_hmac(key, purpose, data) for key in self.keys.values()]

    def subkey(self, purpose: str) -> bytes:
        """32 bytes of the present key for a purpose of the caller's, such as "page sessions"."""
        return self.present.subkey(purpose)


def _hmac(key: MasterKey, purpose: str, data: bytes) -> bytes:
    return hmac.new(key.subkey(f"fingerprint {purpose}"), data, hashlib.sha256).digest()


def _place(table: str, column: str, row: object) -> bytes:
    return f"\x00{table}\x00{column}\x00{row}".encode()
