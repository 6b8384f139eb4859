"""Enrolment pictures, sealed, each with the end of its keeping: what other engines embed anew from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, or_, select

from backend.store.records import EnrolmentPicture
from backend.store.repositories.base import Repository
from backend.store.schema import enrolment_pictures

_PLACE = ("pictures", "enrolment_pictures", "sealed_picture")


class EnrolmentPictures(Repository):
    def add(self, person: UUID, jpeg: bytes, source: str, keep_until: datetime) -> UUID:
        uuid = uuid4()
        blob = self.sealer.seal(jpeg, *_PLACE, _row(uuid, person))
        self.execute(insert(enrolment_pictures).values(
            uuid=uuid, person=person, sealed_picture=blob, source=source, created_at=self.unit.now(),
            keep_until=keep_until))
        return uuid

    def of(self, person: UUID) -> list[EnrolmentPicture]:
        """Oldest first."""
        statement = (select(enrolment_pictures).where(enrolment_pictures.c.person == person)
                     .order_by(enrolment_pictures.c.created_at, enrolment_pictures.c.uuid))
        return [self._picture(row) for row in self.rows(statement)]

    def uuids_of(self, person: UUID) -> set[UUID]:
        """Which there are, without opening them."""
        return {row["uuid"] for row in self.rows(
            select(enrolment_pictures.c.uuid).where(enrolment_pictures.c.person == person))}

    def count(self, person: UUID | None = None) -> int:
        """Pictures of one person, or of all."""
        statement = select(func.count()).select_from(enrolment_pictures)
        if person is not None:
            statement = statement.where(enrolment_pictures.c.person == person)
        return self.value(statement)

    def delete(self, uuid: UUID) -> None:
        self.execute(enrolment_pictures.delete().where(enrolment_pictures.c.uuid == uuid))

    def delete_of(self, person: UUID) -> int:
        """How many the person had."""
        return self.execute(enrolment_pictures.delete().where(enrolment_pictures.c.person == person)).rowcount

    def prune(self, longest: timedelta | None) -> int:
        """Delete those whose time is over, by the policy they were taken under or by today's, `longest`
        (None: none is kept); how many went."""
        if longest is None:
            return self.execute(enrolment_pictures.delete()).rowcount
        now = self.unit.now()
        return self.execute(enrolment_pictures.delete().where(or_(
            enrolment_pictures.c.keep_until <= now, enrolment_pictures.c.created_at <= now - longest))).rowcount

    def _picture(self, row: Any) -> EnrolmentPicture:
        jpeg = self.sealer.open(row["sealed_picture"], *_PLACE, _row(row["uuid"], row["person"]))
        fields = {name: row[name] for name in ("uuid", "person", "source", "created_at", "keep_until")}
        return EnrolmentPicture(jpeg=jpeg, **fields)


def _row(uuid: UUID, person: UUID) -> str:
    return f"{uuid} of {person}"
