"""Sites: places with a time zone. The first migration makes one."""

from __future__ import annotations

from sqlalchemy import select

from backend.store.records import Site
from backend.store.repositories.base import Repository
from backend.store.schema import sites

FIRST = 1
"""The site that exists from the first migration."""


class Sites(Repository):
    def all(self) -> list[Site]:
        statement = select(sites.c.id, sites.c.name, sites.c.zone).order_by(sites.c.id)
        return [Site(**row) for row in self.rows(statement)]

    def change_zone(self, site_id: int, zone: str | None) -> None:
        """`zone` is an IANA name, or None for the setting TIMEZONE."""
        self.execute(sites.update().where(sites.c.id == site_id).values(zone=zone))
