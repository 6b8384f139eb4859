"""Check values: one sealed with each key that ever sealed something, to tell a wrong key by."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from backend.clock import Clock
from backend.store.errors import DatabaseDamaged, WrongKey
from backend.store.schema import system_config
from backend.store.sealing import Sealer
from backend.store.unit import Unit

PREFIX = "sealing.check."
_PLACE = ("secrets", "system_config", "sealed_value")
_TEXT = "Face Attendance"


def leave(connection: Connection, sealer: Sealer, clock: Clock) -> None:
    """Seal a check value with the present key."""
    Unit(connection, sealer, clock, writing=True).config.set_secret(_name(sealer), _TEXT)


def read(connection: Connection) -> dict[str, bytes]:
    """The check values of a database, by name."""
    columns = (system_config.c.key, system_config.c.sealed_value)
    rows = connection.execute(select(*columns).where(system_config.c.key.startswith(PREFIX)))
    return {row.key: bytes(row.sealed_value) for row in rows}


def is_marked(blobs: Mapping[str, bytes], sealer: Sealer) -> bool:
    """Whether the present key has left its mark."""
    return _name(sealer) in blobs


def require_keys(blobs: Mapping[str, bytes], sealer: Sealer) -> None:
    """Raises WrongKey unless every check value opens, DatabaseDamaged where there is none."""
    if not blobs:
        raise DatabaseDamaged("The database has lost its check value; restore a backup")
    for name, blob in blobs.items():
        try:
            sealer.open(blob, *_PLACE, name)
        except WrongKey:
            raise WrongKey(
                "The database was sealed with another key than SECRET_KEY or secret.key; "
                "put the right key back, or name it as SECRET_KEY_PREVIOUS") from None


def _name(sealer: Sealer) -> str:
    return PREFIX + sealer.present.identity.hex()
