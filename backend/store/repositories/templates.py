"""Templates: sealed embeddings, and the version of the gallery that they make up."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import exists, func, insert, select

from backend.store.records import ADAPTIVE, GalleryRows, Template
from backend.store.repositories.base import Repository
from backend.store.schema import consents, face_templates, gallery, persons

_PLACE = ("templates", "face_templates", "sealed_vector")
_UNIT_TOLERANCE = 1e-3


class Templates(Repository):
    def add(self, person: UUID, vector: np.ndarray, engine: str, quality: dict[str, Any],
            source: str, punch: UUID | None = None, picture: UUID | None = None) -> UUID:
        """Store an embedding of shape (dim,) and unit length (ValueError otherwise).

        A learnt one, which names its `punch`, counts from the next change of the gallery on: a
        morning's hundreds of them shall not make every process load it anew each time. `picture` is
        the kept picture that it was made from.
        """
        vector = np.ascontiguousarray(vector, dtype="<f4")
        if vector.ndim != 1 or abs(float(np.linalg.norm(vector)) - 1) > _UNIT_TOLERANCE:
            raise ValueError("a template is one vector of unit length")
        uuid = uuid4()
        # Person and place are authenticated: a template copied to another person does not open.
        blob = self.sealer.seal(vector.tobytes(), *_PLACE, _row(uuid, person))
        self.execute(insert(face_templates).values(
            uuid=uuid, person=person, sealed_vector=blob, engine=engine, dim=vector.size,
            quality=quality, source=source, punch=punch, picture=picture, created_at=self.unit.now()))
        if punch is None:
            self.bump()
        return uuid

    def of(self, person: UUID) -> list[Template]:
        """Oldest first."""
        statement = (select(face_templates).where(face_templates.c.person == person)
                     .order_by(face_templates.c.created_at, face_templates.c.uuid))
        return [self._template(row) for row in self.rows(statement)]

    def all_in_force(self, engine: str | None = None, require_consent: bool = True,
                     learnt: bool = False) -> GalleryRows:
        """Templates of active people (with a consent in force where required), in one matrix.

        `engine` limits them to one engine, as a gallery must: others are not comparable. Those
        learnt at the door are among them only where `learnt`.
        """
        where = [persons.c.active.is_(True), persons.c.erased_at.is_(None)]
        if engine is not None:
            where.append(face_templates.c.engine == engine)
        if require_consent:
            where.append(_consent_in_force())
        if not learnt:
            where.append(face_templates.c.source != ADAPTIVE)
        version = self.gallery_version()
        rows = self.rows(
            select(face_templates).join(persons, persons.c.uuid == face_templates.c.person)
            .where(*where).order_by(face_templates.c.person, face_templates.c.uuid))
        vectors = [self._template(row).vector for row in rows]
        matrix = np.stack(vectors) if vectors else np.empty((0, 128), np.float32)
        return GalleryRows(version, tuple(row["uuid"] for row in rows),
                           tuple(row["person"] for row in rows), matrix,
                           frozenset(row["uuid"] for row in rows if row["source"] == ADAPTIVE))

    def in_force(self, uuid: UUID, require_consent: bool = True) -> bool:
        """Whether template, person and (where required) consent still stand."""
        where = [face_templates.c.uuid == uuid, persons.c.active.is_(True),
                 persons.c.erased_at.is_(None)]
        if require_consent:
            where.append(_consent_in_force())
        return self.value(select(face_templates.c.uuid).join(
            persons, persons.c.uuid == face_templates.c.person).where(*where)) is not None

    def count(self, person: UUID | None = None, learnt: bool = True, engine: str | None = None) -> int:
        """Templates of one person, or of all; without those `learnt`, the enrolled alone; of one engine,
        or of any."""
        statement = select(func.count()).select_from(face_templates)
        if person is not None:
            statement = statement.where(face_templates.c.person == person)
        if not learnt:
            statement = statement.where(face_templates.c.source != ADAPTIVE)
        if engine is not None:
            statement = statement.where(face_templates.c.engine == engine)
        return self.value(statement)

    def delete(self, uuid: UUID, person: UUID | None = None) -> bool:
        """Whether there was such a template (of this person, where one is named).

        The picture that it was made from goes with it, and what other engines made of that. With the
        last that was enrolled those learnt beside it go, too: they stand on it.
        """
        where = [face_templates.c.uuid == uuid]
        if person is not None:
            where.append(face_templates.c.person == person)
        found = self.row(select(face_templates.c.person, face_templates.c.engine,
                                face_templates.c.picture).where(*where))
        if found is None:
            return False
        self.execute(face_templates.delete().where(*where))
        if found["picture"] is not None:
            self.execute(face_templates.delete().where(face_templates.c.picture == found["picture"]))
            self.unit.pictures.delete(found["picture"])
        for engine in self._engines_of(found["person"]) | {found["engine"]}:
            if not self.count(found["person"], learnt=False, engine=engine):
                self.delete_learnt(found["person"], engine)
        self.bump()
        return True

    def learnt(self, since: datetime | None = None) -> list[tuple[UUID, datetime]]:
        """Whose templates were learnt at the door, and when each; oldest first."""
        where = [face_templates.c.source == ADAPTIVE]
        if since is not None:
            where.append(face_templates.c.created_at > since)
        statement = select(face_templates.c.person, face_templates.c.created_at).where(*where)
        return [(row["person"], row["created_at"]) for row in self.rows(
            statement.order_by(face_templates.c.created_at, face_templates.c.uuid))]

    def enrolled_at(self, engine: str) -> dict[UUID, datetime]:
        """When the newest template of each person was enrolled."""
        statement = select(face_templates.c.person, func.max(face_templates.c.created_at).label("at")).where(
            face_templates.c.engine == engine, face_templates.c.source != ADAPTIVE)
        return {row["person"]: row["at"] for row in self.rows(statement.group_by(face_templates.c.person))}

    def replace_learnt(self, uuid: UUID) -> None:
        """Delete a learnt template for a newer one. No process need know at once: no sighting
        rests on it."""
        self.execute(face_templates.delete().where(
            face_templates.c.uuid == uuid, face_templates.c.source == ADAPTIVE))

    def delete_others(self, person: UUID, engine: str) -> int:
        """Delete the templates of all engines but this one; how many went. Pictures stay."""
        gone = self.execute(face_templates.delete().where(
            face_templates.c.person == person, face_templates.c.engine != engine)).rowcount
        if gone:
            self.bump()
        return gone

    def pictures_used(self, person: UUID, engine: str) -> set[UUID]:
        """The kept pictures of which this engine has a template."""
        return {row["picture"] for row in self.rows(select(face_templates.c.picture).where(
            face_templates.c.person == person, face_templates.c.engine == engine,
            face_templates.c.picture.is_not(None)))}

    def _engines_of(self, person: UUID) -> set[str]:
        return {row["engine"] for row in self.rows(
            select(face_templates.c.engine).where(face_templates.c.person == person).distinct())}

    def delete_learnt(self, person: UUID | None = None, engine: str | None = None) -> int:
        """Delete what was learnt at the door, of one person or of everybody, for one engine or for all;
        how many went."""
        where = [face_templates.c.source == ADAPTIVE]
        if engine is not None:
            where.append(face_templates.c.engine == engine)
        if person is not None:
            where.append(face_templates.c.person == person)
        gone = self.execute(face_templates.delete().where(*where)).rowcount
        if gone:
            self.bump()
        return gone

    def delete_of(self, person: UUID) -> int:
        """Delete a person's templates and kept pictures; how many templates there were."""
        self.unit.pictures.delete_of(person)
        gone = self.execute(face_templates.delete().where(face_templates.c.person == person)).rowcount
        if gone:
            self.bump()
        return gone

    def gallery_version(self) -> int:
        return self.value(select(gallery.c.version))

    def bump(self) -> None:
        """Tell every process, in this transaction, that its gallery is out of date."""
        self.execute(gallery.update().values(version=gallery.c.version + 1))

    def _template(self, row: Any) -> Template:
        plain = self.sealer.open(row["sealed_vector"], *_PLACE, _row(row["uuid"], row["person"]))
        vector = np.frombuffer(plain, dtype="<f4").astype(np.float32, copy=False)
        fields = {name: row[name] for name in ("uuid", "person", "engine", "dim", "quality",
                                               "source", "punch", "picture", "created_at")}
        return Template(vector=vector, **fields)


def _row(uuid: UUID, person: UUID) -> str:
    return f"{uuid} of {person}"


def _consent_in_force() -> Any:
    return exists().where(consents.c.person == persons.c.uuid, consents.c.withdrawn_at.is_(None))
