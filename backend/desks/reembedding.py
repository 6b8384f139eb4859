"""The re-embedding desk: what a change of engine asks of each person, and templates from kept pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.desks.enrolling import verdict as verdict_on
from backend.desks.parts import Parts
from backend.errors import BadInput, FaceAttendanceError
from backend.store.records import Person
from backend.store.unit import Unit
from backend.vision.results import PictureReading

READY, REEMBEDDED, AGAIN = "ready", "reembedded", "enrol_again"
_PAGE = 500


@dataclass(frozen=True)
class Outcome:
    """What became of one person: `state` is ready (templates were there already), reembedded, or
    enrol_again, and then `why` says so."""

    person_id: str
    name: str
    state: str
    templates: int = 0
    why: str = ""


@dataclass(frozen=True)
class _Plan:
    person: Person
    ready: int
    """Templates of the wanted engine."""
    pictures: tuple[UUID, ...]
    """Kept pictures of which the wanted engine has no template."""


class ReembeddingDesk:
    """Embeds in the process that calls it: for the command line, never for the web."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store

    def again(self) -> Sequence[Person]:
        """Who has to be enrolled again for the engine in force: active, with templates of others only."""
        with self._store.read() as unit:
            return unit.people.to_enrol_again()

    def run(self, read: Callable[[bytes], PictureReading], engine: str, *, by: str, dry_run: bool = False,
            progress: Callable[[int, int | None], None] = lambda done, total: None) -> list[Outcome]:
        """Make templates of `engine` from the pictures kept, for everybody who has templates of any.

        `read` reads a picture with that engine. Each person is one unit of work: a run that was broken
        off goes on where it stopped. With `dry_run` nothing is read and nothing written.
        """
        plans = self._plans(engine)
        outcomes = []
        for number, plan in enumerate(plans, 1):
            outcomes.append(self._outcome(plan, read, engine, by, dry_run))
            progress(number, len(plans))
        return outcomes

    def forget_others(self, engine: str, *, by: str) -> int:
        """Delete the templates of all other engines of whoever has some of this one; how many went.

        Raises BadInput where `engine` is not in force: the gallery in use would be emptied.
        """
        if engine != self._store.face_engine:
            raise BadInput(f"{engine} is not in force: set ENGINE first, then forget the others")
        gone = 0
        for plan in self._plans(engine):
            if plan.ready:
                with self._store.write() as unit:
                    gone += unit.templates.delete_others(plan.person.uuid, engine)
        with self._store.write() as unit:
            unit.logs.append("security", "info", f"{gone} face(s) of other engines than {engine} were deleted",
                             {"by": by})
        return gone

    def _plans(self, engine: str) -> list[_Plan]:
        plans, offset, total = [], 0, 1
        while offset < total:
            with self._store.read() as unit:
                people, total = unit.people.search(active=True, limit=_PAGE, offset=offset)
                plans += [self._plan(unit, person, engine) for person in people if person.faces or person.other_faces]
            offset += _PAGE
        return plans

    @staticmethod
    def _plan(unit: Unit, person: Person, engine: str) -> _Plan:
        made = unit.templates.pictures_used(person.uuid, engine)
        ready = unit.templates.count(person.uuid, learnt=False, engine=engine)
        return _Plan(person, ready, tuple(sorted(unit.pictures.uuids_of(person.uuid) - made)))

    def _outcome(self, plan: _Plan, read: Callable[[bytes], PictureReading], engine: str, by: str,
                 dry_run: bool) -> Outcome:
        person = plan.person
        if not plan.pictures:
            if plan.ready:
                return Outcome(person.person_id, person.name, READY, plan.ready)
            return Outcome(person.person_id, person.name, AGAIN, why="no picture of the enrolment is kept")
        if dry_run:
            return Outcome(person.person_id, person.name, REEMBEDDED, len(plan.pictures))
        made, why = self._embed(plan, read, engine, by)
        if made:
            return Outcome(person.person_id, person.name, REEMBEDDED, plan.ready + made)
        if plan.ready:
            return Outcome(person.person_id, person.name, READY, plan.ready)
        return Outcome(person.person_id, person.name, AGAIN, why=why)

    def _embed(self, plan: _Plan, read: Callable[[bytes], PictureReading], engine: str, by: str) -> tuple[int, str]:
        """How many templates were made, and what was wrong with the last picture that gave none."""
        with self._store.read() as unit:
            pictures = [one for one in unit.pictures.of(plan.person.uuid) if one.uuid in plan.pictures]
        good, why = [], "its pictures were deleted meanwhile"
        for picture in pictures:
            try:
                reading = read(picture.jpeg)
            except FaceAttendanceError as error:
                why = str(error)
                continue
            verdict = verdict_on(reading, self._parts.settings)
            if verdict["ok"]:
                good.append((picture, reading.faces[0].template, verdict))
            else:
                why = f"the pictures kept cannot be used: {', '.join(verdict['reasons'])}"
        if not good:
            return 0, why
        with self._store.write() as unit:
            # Whoever withdrew or was erased meanwhile has no pictures any more.
            left = unit.pictures.uuids_of(plan.person.uuid) - unit.templates.pictures_used(plan.person.uuid, engine)
            kept = [one for one in good if one[0].uuid in left]
            for picture, template, verdict in kept:
                unit.templates.add(plan.person.uuid, template, engine, verdict, picture.source, picture=picture.uuid)
            if kept:
                unit.logs.append("security", "info", f"{len(kept)} face(s) of {plan.person.name} were embedded anew "
                                 f"for {engine}", {"person_id": plan.person.person_id, "by": by})
        return len(kept), "its pictures were deleted meanwhile"
