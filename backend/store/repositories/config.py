"""What the product remembers about itself, by key: JSON values, and sealed texts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from backend.store.repositories.base import Repository
from backend.store.schema import system_config

_PLACE = ("secrets", "system_config", "sealed_value")


class ConfigValues(Repository):
    def get(self, key: str, default: Any = None) -> Any:
        row = self.row(select(system_config.c.value).where(system_config.c.key == key))
        return default if row is None or row["value"] is None else row["value"]

    def set(self, key: str, value: Any) -> None:
        """`value` is JSON-ready."""
        self.put(system_config, {"key": key}, {"value": value, "updated_at": self.unit.now()})

    def get_secret(self, key: str) -> str | None:
        blob = self.value(select(system_config.c.sealed_value).where(system_config.c.key == key))
        return None if blob is None else self.sealer.open(blob, *_PLACE, key).decode()

    def set_secret(self, key: str, text: str) -> None:
        blob = self.sealer.seal(text.encode(), *_PLACE, key)
        self.put(system_config, {"key": key}, {"sealed_value": blob, "updated_at": self.unit.now()})

    def delete(self, key: str) -> bool:
        """Whether there was such a key."""
        return bool(self.execute(system_config.delete().where(system_config.c.key == key)).rowcount)

    def keys(self, prefix: str = "") -> list[str]:
        rows = self.rows(select(system_config.c.key).order_by(system_config.c.key))
        return [row["key"] for row in rows if row["key"].startswith(prefix)]
