"""People: who may be recognised, under which id, and what is left after an erasure."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ColumnElement, Select, and_, exists, false, func, insert, or_, select, type_coerce

from backend.store.errors import PersonExists, PersonNotFound
from backend.store.records import Person
from backend.store.repositories.base import Repository, batches, contains
from backend.store.repositories.sites import FIRST
from backend.store.schema import consents, face_templates, person_aliases, persons
from backend.store.schema.people import person_pseudonyms, tombstones

_CONSENT = exists().where(consents.c.person == persons.c.uuid, consents.c.withdrawn_at.is_(None))
_METADATA = type_coerce(persons.c.metadata, JSON)
MISSING = "odoo_missing_since"
"""Key of the metadata of a person whose employee Odoo has no longer."""
_COLUMNS = [column for column in persons.c if column.name not in ("pin_hash", "pin_mark")]
_ERASED_FIELDS = ("badge", "email", "department", "position", "phone", "connection_id", "odoo_id",
                  "pin_hash", "pin_mark")
CHANGEABLE = ("name", "badge", "email", "department", "position", "phone", "metadata", "active",
              "site_id", "connection_id", "odoo_id")
"""Fields that `change` takes; the person_id has `rename`, the PIN `set_pin`."""


def _person(row: Mapping[str, Any]) -> Person:
    return Person(**row)


class People(Repository):
    def add(self, person_id: str, name: str, *, uuid: UUID | None = None, badge: str | None = None,
            email: str | None = None, department: str | None = None, position: str | None = None,
            phone: str | None = None, metadata: dict[str, Any] | None = None, active: bool = True,
            connection_id: int | None = None, odoo_id: int | None = None,
            site_id: int = FIRST) -> Person:
        """A new person. Raises PersonExists where somebody has the id now; somebody's former
        id is free to be given again."""
        self._require_free(person_id, badge, (connection_id, odoo_id))
        now = self.unit.now()
        uuid = uuid or uuid4()
        self.execute(insert(persons).values(
            uuid=uuid, person_id=person_id, badge=badge, name=name, email=email,
            department=department, position=position, phone=phone, metadata=metadata or {},
            active=active, site_id=site_id, connection_id=connection_id, odoo_id=odoo_id,
            created_at=now, updated_at=now))
        self.execute(person_aliases.delete().where(person_aliases.c.alias == person_id))
        self.unit.templates.bump()
        return self._required(uuid)

    def get(self, uuid: UUID) -> Person | None:
        return self._one(persons.c.uuid == uuid)

    def get_many(self, uuids: Iterable[UUID]) -> dict[UUID, Person]:
        """The people that exist of these, by uuid."""
        found = self.rows(self._select().where(persons.c.uuid.in_(list(uuids))))
        return {row["uuid"]: _person(row) for row in found}

    def by_person_id(self, person_id: str) -> Person | None:
        """The person with this id now, else the one who had it last. Not the erased."""
        now = self._one(persons.c.person_id == person_id, persons.c.erased_at.is_(None))
        if now is not None:
            return now
        owner = self.value(select(person_aliases.c.person).where(person_aliases.c.alias == person_id))
        return None if owner is None else self.get(owner)

    def by_odoo(self, connection_id: int, odoo_id: int) -> Person | None:
        return self._one(persons.c.connection_id == connection_id, persons.c.odoo_id == odoo_id)

    def by_badge(self, badge: str) -> Person | None:
        """By the badge of the person, else by the person_id: Odoo's barcode is both."""
        found = self._one(persons.c.badge == badge, persons.c.erased_at.is_(None))
        return found or self.by_person_id(badge)

    def by_odoo_ids(self, connection_id: int, odoo_ids: Sequence[int]) -> dict[int, Person]:
        """Those that exist, by Odoo id."""
        return {row["odoo_id"]: _person(row) for some in batches(list(odoo_ids)) for row in self.rows(
            self._select().where(persons.c.connection_id == connection_id, persons.c.odoo_id.in_(some)))}

    def holders(self, person_ids: Iterable[str]) -> dict[str, Person]:
        """Who has these ids now, by id; former ids do not count, nor do the erased."""
        return {row["person_id"]: _person(row) for some in batches(list(person_ids)) for row in self.rows(
            self._select().where(persons.c.person_id.in_(some), persons.c.erased_at.is_(None)))}

    def unlinked_with(self, badges: Iterable[str]) -> dict[str, Person]:
        """Who has these badges beside an id and no employee in Odoo, by badge; not the erased."""
        return {row["badge"]: _person(row) for some in batches(list(badges)) for row in self.rows(
            self._select().where(persons.c.badge.in_(some), persons.c.odoo_id.is_(None),
                                 persons.c.erased_at.is_(None)))}

    def add_employees(self, connection_id: int, people: Sequence[Mapping[str, Any]]) -> None:
        """New people of a connection at once, each with person_id, odoo_id, name and what else
        `add` takes. The caller has seen to it that ids and links are free."""
        now = self.unit.now()
        fixed = {"badge": None, "site_id": FIRST, "connection_id": connection_id, "created_at": now, "updated_at": now}
        for some in batches(people):
            self.execute(insert(persons), [{"uuid": uuid4(), **fixed, **one} for one in some])
            self.execute(person_aliases.delete().where(
                person_aliases.c.alias.in_([one["person_id"] for one in some])))
        if people:
            self.unit.templates.bump()

    def linked(self, connection_id: int, above: int, to: int | None = None) -> list[int]:
        """Odoo ids in (above, to] of the people of a connection, but for those known to be missing."""
        where = [*_in_step(connection_id), persons.c.odoo_id > above]
        if to is not None:
            where.append(persons.c.odoo_id <= to)
        return [row["odoo_id"] for row in self.rows(select(persons.c.odoo_id).where(*where))]

    def has_linked(self, connection_id: int) -> bool:
        """Whether anybody has an Odoo id of this connection, those who are missing or erased, too."""
        return self.value(select(persons.c.odoo_id).where(
            persons.c.connection_id == connection_id, persons.c.odoo_id.is_not(None)).limit(1)) is not None

    def count_linked(self, connection_id: int, companies: Sequence[int] = ()) -> int:
        """How many people have an employee in Odoo: in these companies, or in any."""
        where = _in_step(connection_id)
        if companies:
            where.append(_METADATA["company_id"].as_integer().in_(list(companies)))
        return self.value(select(func.count()).select_from(persons).where(*where))

    def search(self, search: str | None = None, department: str | None = None,
               active: bool | None = None, has_face: bool | None = None,
               limit: int | None = None, offset: int = 0) -> tuple[list[Person], int]:
        """People by name, not the erased, with the number of all that match.

        `search` is part of a name, an id, a badge or an e-mail address, in any case.
        """
        where: list[ColumnElement[bool]] = [persons.c.erased_at.is_(None)]
        if search:
            columns = (persons.c.name, persons.c.person_id, persons.c.badge, persons.c.email)
            where.append(or_(*(func.lower(column).like(contains(search), escape="\\")
                               for column in columns)))
        if department is not None:
            where.append(persons.c.department == department)
        if active is not None:
            where.append(persons.c.active.is_(active))
        if has_face is not None:
            face = exists().where(*self._faces())
            where.append(face if has_face else ~face)
        total = self.value(select(func.count()).select_from(persons).where(*where))
        statement = self._select().where(*where).order_by(func.lower(persons.c.name), persons.c.uuid)
        rows = self.rows(statement.limit(limit).offset(offset))
        return [_person(row) for row in rows], total

    def to_enrol_again(self) -> list[Person]:
        """Active people whose templates are all of other engines than the one in force, by name."""
        found = self.rows(self._select().where(
            persons.c.erased_at.is_(None), persons.c.active.is_(True), exists().where(*self._other_faces()),
            ~exists().where(*self._faces())).order_by(func.lower(persons.c.name), persons.c.uuid))
        return [_person(row) for row in found]

    def departments(self) -> list[str]:
        statement = select(persons.c.department).distinct().where(
            persons.c.department.is_not(None), persons.c.erased_at.is_(None))
        return sorted(row["department"] for row in self.rows(statement))

    def change(self, uuid: UUID, **fields: Any) -> Person:
        """Set fields of CHANGEABLE. Raises PersonExists for a badge or Odoo id that is taken."""
        if wrong := set(fields) - set(CHANGEABLE):
            raise ValueError(f"not a field that can be changed: {', '.join(sorted(wrong))}")
        before = self._required(uuid)
        changed = {name: value for name, value in fields.items() if getattr(before, name) != value}
        if not changed:
            return before
        link = (changed.get("connection_id", before.connection_id),
                changed.get("odoo_id", before.odoo_id))
        moved = link != (before.connection_id, before.odoo_id)
        self._require_free(None, changed.get("badge"), link if moved else (None, None))
        self.execute(persons.update().where(persons.c.uuid == uuid).values(
            **changed, updated_at=self.unit.now()))
        if "active" in changed:
            self.unit.templates.bump()
        return self._required(uuid)

    def rename(self, new_ids: Mapping[UUID, str]) -> None:
        """Give people new person_ids at once, so that two may swap; old ones keep answering.

        Raises PersonExists where somebody outside the mapping has a wanted id, or two want the
        same; then nothing is changed.
        """
        people = {uuid: self._required(uuid) for uuid in new_ids}
        moving = {uuid: new for uuid, new in new_ids.items() if people[uuid].person_id != new}
        if len(set(new_ids.values())) < len(new_ids):
            raise PersonExists("Two people cannot have the same id")
        for new in moving.values():
            holder = self._one(persons.c.person_id == new)
            if holder is not None and holder.uuid not in moving:
                raise _taken("id", new, holder)
        now = self.unit.now()
        for uuid in moving:  # the first phase frees the ids, the second gives them
            self.execute(persons.update().where(persons.c.uuid == uuid).values(person_id=f"\x01{uuid}"))
        for uuid, new in moving.items():
            self.alias(uuid, people[uuid].person_id)
            self.execute(persons.update().where(persons.c.uuid == uuid).values(
                person_id=new, updated_at=now))
        taken = list(moving.values())
        self.execute(person_aliases.delete().where(person_aliases.c.alias.in_(taken)))

    def unlink(self, connection_id: int) -> int:
        """Forget whose employees people are in this connection; they are linked anew by badge. They
        still belong to it."""
        return self.execute(persons.update().where(persons.c.connection_id == connection_id).values(
            odoo_id=None)).rowcount

    def count_of(self, connection_id: int) -> int:
        """How many active people belong to a connection that is not the first."""
        return self.value(select(func.count()).select_from(persons).where(
            persons.c.connection_id == connection_id, persons.c.active.is_(True), persons.c.erased_at.is_(None)))

    def alias(self, uuid: UUID, alias: str) -> None:
        """Let a former id answer for this person; it stops answering for anybody else."""
        self.put(person_aliases, {"alias": alias}, {"person": uuid, "since": self.unit.now()})

    def aliases(self, uuid: UUID) -> list[str]:
        statement = select(person_aliases.c.alias).where(person_aliases.c.person == uuid)
        return sorted(row["alias"] for row in self.rows(statement))

    def pin_hash(self, uuid: UUID) -> str | None:
        return self.value(select(persons.c.pin_hash).where(persons.c.uuid == uuid))

    def set_pin_hash(self, uuid: UUID, pin_hash: str | None, **mark: str | None) -> None:
        """`pin_mark` is given where the PIN comes from Odoo, None with it where it went there."""
        self.execute(persons.update().where(persons.c.uuid == uuid).values(
            pin_hash=pin_hash, updated_at=self.unit.now(), **mark))

    def pin_marks(self, uuids: Iterable[UUID]) -> dict[UUID, str | None]:
        """What is remembered of the PINs that came from Odoo, None for people without one."""
        statement = select(persons.c.uuid, persons.c.pin_mark)
        return {row["uuid"]: row["pin_mark"] for some in batches(list(uuids))
                for row in self.rows(statement.where(persons.c.uuid.in_(some)))}

    def without_face(self, connection_id: int, above: int, limit: int) -> list[Person]:
        """Active people of a connection who have no template, with Odoo ids beyond `above`, by Odoo id."""
        face = exists().where(*self._faces())
        found = self.rows(self._select().where(*_in_step(connection_id), persons.c.odoo_id > above,
                                          persons.c.active.is_(True), ~face)
                          .order_by(persons.c.odoo_id).limit(limit))
        return [_person(row) for row in found]

    def erase(self, uuid: UUID, *, keep_rows: bool) -> None:
        """Delete templates and consents at once, and leave a tombstone.

        With `keep_rows` the name stays with the attendance rows; without, the person's row is
        emptied and the punches lose their link to it: they still prove their chain.
        """
        person = self._required(uuid)
        now = self.unit.now()
        former = [person.person_id, *self.aliases(uuid)]
        self._bury([f"id {name}" for name in former])
        if person.connection_id is not None and person.odoo_id is not None:
            self._bury([_odoo_mark(person.connection_id, person.odoo_id)])
        self.unit.templates.delete_of(uuid)
        self.unit.consents.forget(uuid)
        self.unit.confirmations.forget(uuid)
        self.execute(person_aliases.delete().where(person_aliases.c.person == uuid))
        emptied: dict[str, Any] = dict.fromkeys(_ERASED_FIELDS)
        if not keep_rows:
            emptied["name"] = "Erased person"
            self.unit.punches.forget(uuid)
            self.execute(person_pseudonyms.delete().where(person_pseudonyms.c.person == uuid))
        self.execute(persons.update().where(persons.c.uuid == uuid).values(
            **emptied, person_id=f"erased-{secrets.token_hex(8)}", metadata={}, active=False,
            updated_at=now, erased_at=now))
        self.unit.templates.bump()

    def is_erased(self, person_id: str | None = None, connection_id: int | None = None,
                  odoo_id: int | None = None) -> bool:
        """Whether somebody with this id, former id or Odoo id was erased, so that a pull does
        not bring them back."""
        marks = [] if person_id is None else [f"id {person_id}"]
        if connection_id is not None and odoo_id is not None:
            marks.append(_odoo_mark(connection_id, odoo_id))
        return bool(self._buried(marks))

    def erased_among(self, connection_id: int, odoo_ids: Iterable[int],
                     person_ids: Iterable[str]) -> tuple[set[int], set[str]]:
        """Those of these Odoo ids, and of these ids, that belonged to somebody who was erased."""
        if not self.value(select(exists().select_from(tombstones))):
            return set(), set()
        links = {_odoo_mark(connection_id, odoo_id): odoo_id for odoo_id in odoo_ids}
        ids = {f"id {person_id}": person_id for person_id in person_ids}
        found = self._buried([*links, *ids])
        return {links[mark] for mark in found & links.keys()}, {ids[mark] for mark in found & ids.keys()}

    def _buried(self, marks: Iterable[str]) -> set[str]:
        """Those of the marks that stand on a tombstone."""
        prints = {one.hex(): mark for mark in marks
                  for one in self.sealer.fingerprints("tombstones", mark.encode())}
        found: set[str] = set()
        for some in batches(list(prints)):
            found |= {prints[row["fingerprint"]] for row in self.rows(
                select(tombstones.c.fingerprint).where(tombstones.c.fingerprint.in_(some)))}
        return found

    def _bury(self, marks: Iterable[str]) -> None:
        for mark in marks:
            fingerprint = self.sealer.fingerprint("tombstones", mark.encode()).hex()
            self.put(tombstones, {"fingerprint": fingerprint}, {"erased_at": self.unit.now()})

    def _select(self) -> Select[Any]:
        return select(*_COLUMNS, persons.c.pin_hash.is_not(None).label("has_pin"),
                      _count(self._faces()).label("faces"), _count(self._other_faces()).label("other_faces"),
                      _CONSENT.label("consent"))

    def _faces(self) -> list[ColumnElement[bool]]:
        """Which templates are a person's faces: those of the engine in force."""
        mine = [face_templates.c.person == persons.c.uuid]
        return mine if self.unit.engine is None else [*mine, face_templates.c.engine == self.unit.engine]

    def _other_faces(self) -> list[ColumnElement[bool]]:
        mine = face_templates.c.person == persons.c.uuid
        return [mine, false() if self.unit.engine is None else face_templates.c.engine != self.unit.engine]

    def _one(self, *where: ColumnElement[bool]) -> Person | None:
        row = self.row(self._select().where(*where))
        return None if row is None else _person(row)

    def _required(self, uuid: UUID) -> Person:
        person = self.get(uuid)
        if person is None:
            raise PersonNotFound(f"There is no person with uuid {uuid}")
        return person

    def _require_free(self, person_id: str | None, badge: str | None,
                      link: tuple[int | None, int | None]) -> None:
        checks = [("id", person_id, persons.c.person_id == person_id),
                  ("badge", badge, persons.c.badge == badge)]
        if None not in link:
            checks.append(("Odoo id", str(link[1]), and_(
                persons.c.connection_id == link[0], persons.c.odoo_id == link[1])))
        for what, value, condition in checks:
            if value is not None and (holder := self._one(condition)) is not None:
                raise _taken(what, value, holder)


def _count(where: list[ColumnElement[bool]]) -> Any:
    return select(func.count()).select_from(face_templates).where(*where).scalar_subquery()


def _in_step(connection_id: int) -> list[ColumnElement[bool]]:
    return [persons.c.connection_id == connection_id, persons.c.odoo_id.is_not(None),
            persons.c.erased_at.is_(None), _METADATA[MISSING].as_string().is_(None)]


def _odoo_mark(connection_id: int, odoo_id: int) -> str:
    return f"odoo {connection_id} {odoo_id}"


def _taken(what: str, value: str, holder: Person) -> PersonExists:
    return PersonExists(f"The {what} {value} belongs to {holder.name} already",
                        details={"person_id": holder.person_id})
