"""API keys: their hashes, scopes and last use; never the keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select

from backend.store.records import ApiKey
from backend.store.repositories.base import Repository
from backend.store.schema import api_keys


class ApiKeys(Repository):
    def add(self, name: str, digest: str, prefix: str, scopes: tuple[str, ...],
            expires_at: datetime | None) -> ApiKey:
        """`digest` is the SHA-256 of the key, in hexadecimal."""
        result = self.execute(insert(api_keys).values(
            name=name, hash=digest, prefix=prefix, scopes=list(scopes), expires_at=expires_at,
            created_at=self.unit.now()))
        stored = self.get(result.inserted_primary_key[0])
        assert stored is not None
        return stored

    def get(self, key_id: int) -> ApiKey | None:
        row = self.row(select(api_keys).where(api_keys.c.id == key_id))
        return None if row is None else _key(row)

    def with_prefix(self, prefix: str) -> list[tuple[str, ApiKey]]:
        """Candidates for a key that begins so, each with its digest, to be compared in
        constant time."""
        found = self.rows(select(api_keys).where(api_keys.c.prefix == prefix))
        return [(row["hash"], _key(row)) for row in found]

    def list(self) -> list[ApiKey]:
        """Also the revoked and the expired, oldest first."""
        return [_key(row) for row in self.rows(select(api_keys).order_by(api_keys.c.id))]

    def revoke(self, key_id: int) -> bool:
        """Whether there was such a key in force."""
        return bool(self.execute(api_keys.update().where(
            api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None)
        ).values(revoked_at=self.unit.now())).rowcount)

    def used(self, uses: Mapping[int, datetime]) -> None:
        """Note when keys, by id, were last used; an older time never replaces a newer one."""
        for key_id, moment in sorted(uses.items()):
            self.execute(api_keys.update().where(
                api_keys.c.id == key_id,
                or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < moment)
            ).values(last_used_at=moment))


def _key(row: Mapping[str, Any]) -> ApiKey:
    values = {name: value for name, value in row.items() if name != "hash"}
    values["scopes"] = tuple(values["scopes"])
    return ApiKey(**values)
