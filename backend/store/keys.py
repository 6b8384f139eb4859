"""Where the master key comes from: SECRET_KEY, else the file `secret.key` in the data folder."""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from backend.config import Settings
from backend.errors import SettingError
from backend.store.errors import WrongKey
from backend.store.sealing import KEY_BYTES, Sealer

log = logging.getLogger(__name__)

FILE_NAME = "secret.key"


def load_sealer(settings: Settings, *, may_create: bool) -> Sealer:
    """The sealer for these settings.

    A key is made only with `may_create`, which is given for an empty database under the lock
    that guards its creation; for a filled one a new key could open nothing. Raises SettingError.
    """
    previous = (None if settings.secret_key_previous is None
                else _parse(settings.secret_key_previous, "SECRET_KEY_PREVIOUS"))
    if settings.secret_key is not None:
        return Sealer(_parse(settings.secret_key, "SECRET_KEY"), previous)
    path = settings.data_path / FILE_NAME
    try:
        if may_create and not path.exists():
            _create(path)
        text = path.read_text(encoding="ascii").strip()
        if path.stat().st_mode & 0o077:
            log.warning("%s can be read by others: chmod 600 %s", path, path)
    except FileNotFoundError:
        raise WrongKey(f"The key file {path} is missing, and the database was sealed with it; "
                       "put the file back or set SECRET_KEY") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"The key file {path} cannot be used: {error}") from None
    return Sealer(_parse(text, str(path)), previous)


def read_key(settings: Settings) -> bytes:
    """The master key in force, for a backup that is to hold it. Raises SettingError."""
    if settings.secret_key is not None:
        return _parse(settings.secret_key, "SECRET_KEY")
    path = settings.data_path / FILE_NAME
    try:
        return _parse(path.read_text(encoding="ascii").strip(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"The key file {path} cannot be used: {error}") from None


def _parse(text: str, name: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingError(f"{name} must hold {2 * KEY_BYTES} hexadecimal characters, as "
                           "`openssl rand -hex 32` prints them")
    return key


def _create(path: Path) -> None:
    """A new key at `path`, readable by its owner only, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.rename(half, path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
