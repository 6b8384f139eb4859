"""Devices: cameras, browsers, programs; and who holds a camera at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select

from backend.store.records import Device
from backend.store.repositories.base import Repository
from backend.store.repositories.sites import FIRST
from backend.store.schema import devices

_PLACE = ("secrets", "devices", "sealed_source")


class Devices(Repository):
    def upsert(self, device_id: str, *, name: str | None = None, kind: str = "camera",
                      source: str | None = None, options: dict[str, Any] | None = None,
                      enabled: bool = True, site_id: int = FIRST) -> Device:
        """Insert, or replace everything but the lease; `name` None is the id."""
        now = self.unit.now()
        sealed = None if source is None else self.sealer.seal(source.encode(), *_PLACE, device_id)
        self.put(devices, {"id": device_id},
                    {"name": name or device_id, "kind": kind, "sealed_source": sealed,
                     "options": options or {}, "enabled": enabled, "site_id": site_id,
                     "updated_at": now}, first={"created_at": now})
        stored = self.get(device_id)
        assert stored is not None
        return stored

    def get(self, device_id: str) -> Device | None:
        row = self.row(select(devices).where(devices.c.id == device_id))
        return None if row is None else self._device(row)

    def list(self, kind: str | None = None, enabled: bool | None = None) -> list[Device]:
        statement = select(devices).order_by(devices.c.id)
        if kind is not None:
            statement = statement.where(devices.c.kind == kind)
        if enabled is not None:
            statement = statement.where(devices.c.enabled.is_(enabled))
        return [self._device(row) for row in self.rows(statement)]

    def enable(self, device_id: str, enabled: bool) -> None:
        self.execute(devices.update().where(devices.c.id == device_id).values(
            enabled=enabled, updated_at=self.unit.now()))

    def take_lease(self, device_id: str, owner: str, length: timedelta) -> bool:
        """Whether the device is the owner's now, until `length` from now: it was free, the
        owner's already, or its lease had run out. An unknown device is nobody's."""
        now = self.unit.now()
        return bool(self.execute(devices.update().where(
            devices.c.id == device_id,
            or_(devices.c.lease_owner.is_(None), devices.c.lease_owner == owner,
                devices.c.lease_until <= now)
        ).values(lease_owner=owner, lease_until=now + length)).rowcount)

    def renew_lease(self, device_id: str, owner: str, length: timedelta) -> bool:
        """False where somebody else has the device meanwhile: stop using it."""
        return bool(self.execute(devices.update().where(
            devices.c.id == device_id, devices.c.lease_owner == owner
        ).values(lease_until=self.unit.now() + length)).rowcount)

    def release_lease(self, device_id: str, owner: str) -> None:
        self.execute(devices.update().where(
            devices.c.id == device_id, devices.c.lease_owner == owner
        ).values(lease_owner=None, lease_until=None))

    def _device(self, row: Mapping[str, Any]) -> Device:
        values = dict(row)
        blob = values.pop("sealed_source")
        source = None if blob is None else self.sealer.open(blob, *_PLACE, row["id"]).decode()
        return Device(**values, source=source)
