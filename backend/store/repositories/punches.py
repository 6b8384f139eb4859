"""Punches: facts in the order of arrival, each linked to the one before by its hash."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, exists, func, insert, select

from backend.attendance.chain import ChainBreak, ChainEntry, immutable_fields, link, verify
from backend.attendance.model import Punch, Source
from backend.store.errors import PunchConflict
from backend.store.records import ChainHead, Checkpoint, DistanceSum
from backend.store.repositories.base import Repository
from backend.store.schema import chain_checkpoints, chain_head, punches
from backend.store.schema.people import person_pseudonyms

_FIELDS = ("uuid", "at", "received_at", "device", "source", "direction", "confidence", "distance",
           "liveness", "clock_suspect", "claimed_at")
_SAME = ("person", "at", "source", "direction", "device")
_PAGE = 1000


class Punches(Repository):
    def insert(self, punch: Punch) -> tuple[Punch, bool]:
        """Append a punch to the chain; the punch as stored, and whether it is new.

        A uuid that is there already is the same punch. Raises PunchConflict where it was sent
        with another person, time, source, direction or device.
        """
        stored = self.get(punch.uuid)
        if stored is not None:
            # What the server decided (clamping a time) is not what the device sent.
            if any(_sent(stored, name) != _sent(punch, name) for name in _SAME):
                raise PunchConflict(f"The punch {punch.uuid} was sent before with other content",
                                    details={"uuid": str(punch.uuid)})
            return stored, False
        if self._forgotten(punch.uuid):
            raise PunchConflict(f"The punch {punch.uuid} belongs to a person who was erased",
                                details={"uuid": str(punch.uuid)})
        head = self.head(for_update=True)
        pseudonym = self._pseudonym(punch.person)
        digest = link(head.hash, immutable_fields(punch), pseudonym)
        values = {name: getattr(punch, name) for name in _FIELDS}
        self.execute(insert(punches).values(
            **values, seq=head.seq + 1, person=punch.person, pseudonym=pseudonym, hash=digest))
        self.execute(chain_head.update().values(seq=head.seq + 1, hash=digest))
        return punch, True

    def get(self, uuid: UUID) -> Punch | None:
        """None also for a punch whose person was erased."""
        row = self.row(_select().where(punches.c.uuid == uuid, punches.c.person.is_not(None)))
        return None if row is None else _punch(row)

    def of(self, person: UUID, since: datetime | None = None) -> list[Punch]:
        """A person's punches by time, all or from `since` on."""
        statement = _select().where(punches.c.person == person)
        if since is not None:
            statement = statement.where(punches.c.at >= since)
        return [_punch(row) for row in self.rows(statement.order_by(punches.c.at, punches.c.uuid))]

    def distances(self, start: datetime, end: datetime) -> list[DistanceSum]:
        """What faces' distances from `start` on and before `end` come to, by person and device."""
        confirmed = func.sum(case((punches.c.source != Source.face.value, 1), else_=0))
        statement = select(
            punches.c.person, punches.c.device, func.count().label("sightings"),
            func.sum(punches.c.distance).label("total"), confirmed.label("confirmed"),
        ).where(punches.c.at >= start, punches.c.at < end, punches.c.distance.is_not(None),
                punches.c.person.is_not(None)).group_by(punches.c.person, punches.c.device)
        return [DistanceSum(**row) for row in self.rows(statement)]

    def last_of(self, person: UUID) -> Punch | None:
        statement = _select().where(punches.c.person == person)
        row = self.row(statement.order_by(punches.c.at.desc(), punches.c.uuid.desc()).limit(1))
        return None if row is None else _punch(row)

    def people(self) -> list[UUID]:
        """Everybody who has a punch and was not erased."""
        statement = select(punches.c.person).distinct().where(punches.c.person.is_not(None))
        return [row["person"] for row in self.rows(statement)]

    def count(self) -> int:
        return self.value(select(func.count()).select_from(punches))

    def head(self, for_update: bool = False) -> ChainHead:
        """The newest link. `for_update` locks it until the transaction ends (PostgreSQL)."""
        statement = select(chain_head.c.seq, chain_head.c.hash)
        row = self.row(statement.with_for_update() if for_update else statement)
        assert row is not None
        return ChainHead(**row)

    def chain(self, after_seq: int = 0) -> Iterator[ChainEntry]:
        """The links after `after_seq`, in order, page by page."""
        while True:
            page = self.rows(select(punches).where(punches.c.seq > after_seq)
                             .order_by(punches.c.seq).limit(_PAGE))
            for row in page:
                # The person is not hashed; any uuid serves to rebuild the fields.
                fields = immutable_fields(_punch({**row, "person": row["person"] or row["uuid"]}))
                yield ChainEntry(row["seq"], fields, row["pseudonym"], row["hash"])
            if len(page) < _PAGE:
                return
            after_seq = page[-1]["seq"]

    def verify(self) -> ChainBreak | None:
        """The first break of the whole chain, from the last checkpoint to the head."""
        entries = self.chain()
        newest = self.checkpoint()
        broken = (verify(entries) if newest is None
                  else verify(entries, newest.hash, newest.seq))
        if broken is not None:
            return broken
        head = self.head()
        last = self.row(select(punches.c.seq, punches.c.hash).order_by(punches.c.seq.desc()).limit(1))
        end = (last["seq"], last["hash"]) if last else (
            (newest.seq, newest.hash) if newest else (0, head.hash if head.seq == 0 else ""))
        if end != (head.seq, head.hash):
            return ChainBreak(head.seq, "the newest punches are missing")
        return None

    def checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint; None while no punch was ever removed."""
        row = self.row(select(chain_checkpoints).order_by(chain_checkpoints.c.seq.desc()).limit(1))
        return None if row is None else Checkpoint(**row)

    def remove_before(self, moment: datetime) -> int:
        """Replace the oldest punches by a checkpoint: those before the first one that is not
        older than `moment`. How many were removed."""
        keep = self.value(select(func.min(punches.c.seq)).where(punches.c.at >= moment))
        last = select(punches.c.seq, punches.c.hash).order_by(punches.c.seq.desc()).limit(1)
        row = self.row(last if keep is None else last.where(punches.c.seq < keep))
        if row is None:
            return 0
        removed = self.execute(punches.delete().where(punches.c.seq <= row["seq"])).rowcount
        self.execute(insert(chain_checkpoints).values(
            seq=row["seq"], hash=row["hash"], removed=removed, created_at=self.unit.now()))
        return removed

    def forget(self, person: UUID) -> None:
        """Take the person off their punches and outcomes; the chain stays whole."""
        self.unit.outcomes.forget(person)
        self.execute(punches.update().where(punches.c.person == person).values(person=None))

    def _pseudonym(self, person: UUID) -> str:
        known = self.value(select(person_pseudonyms.c.pseudonym).where(
            person_pseudonyms.c.person == person))
        if known is None:
            known = secrets.token_hex(16)
            self.execute(insert(person_pseudonyms).values(person=person, pseudonym=known))
        return known

    def _forgotten(self, uuid: UUID) -> bool:
        return bool(self.value(select(exists().where(punches.c.uuid == uuid))))


def _select() -> Select[Any]:
    return select(punches.c.person, *(punches.c[name] for name in _FIELDS))


def _punch(row: Mapping[str, Any]) -> Punch:
    return Punch(person=row["person"], **{name: row[name] for name in _FIELDS})


def _sent(punch: Punch, name: str) -> object:
    """A field as the device sent it."""
    if name == "at" and punch.claimed_at is not None:
        return punch.claimed_at
    return getattr(punch, name)
