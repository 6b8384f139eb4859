"""Endpoints of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.store.records import Person
from backend.store.repositories.connections import FIRST
from backend.web.auth import caller
from backend.web.context import Context, context
from backend.web.schemas.envelope import Done, PersonPath
from backend.web.schemas.people import (
    PeopleAnswer,
    PeopleList,
    PeopleQuery,
    PersonAnswer,
    PersonBody,
    PersonChange,
    PersonOut,
    PinBody,
)
from backend.web.topic import Topic

bp = Topic("persons", "People", "Who may be recognised.")


def person_out(here: Context, person: Person, names: Mapping[int, str] | None = None) -> PersonOut:
    """A person as the API shows them; `names` are those of the connections, where they are known."""
    names = names or here.system.connections.by_id()
    return PersonOut(
        person_id=person.person_id, name=person.name, email=person.email, department=person.department,
        position=person.position, phone=person.phone, active=person.active, has_face=person.faces > 0,
        must_enrol_again=person.must_enrol_again, total_faces=person.faces, consent=person.consent,
        has_pin=person.has_pin, has_badge=person.badge is not None, odoo_id=person.odoo_id,
        connection=names[person.connection_id or FIRST],
        metadata=person.metadata, created_at=here.local(person.created_at),
        updated_at=here.local(person.updated_at))


@bp.endpoint("GET", "/persons", "persons:read", PeopleAnswer)
def find_persons(query: PeopleQuery) -> PeopleAnswer:
    """List people, by name."""
    here = context()
    found, total = here.system.people.find(
        search=query.search, department=query.department, active=query.active,
        has_face=query.has_face, limit=min(query.limit, here.settings.page_limit), offset=query.offset)
    names = here.system.connections.by_id()
    return PeopleAnswer(data=PeopleList(persons=[person_out(here, each, names) for each in found], total=total))


@bp.endpoint("POST", "/persons", "persons:write", {201: PersonAnswer},
             fails={409: "The id exists (`person_exists`)."})
def add_person(body: PersonBody) -> tuple[PersonAnswer, int]:
    """Add a person."""
    here = context()
    person = here.system.people.add(**body.model_dump(), by=caller().name)
    return PersonAnswer(message=f"Added {person.name}.", data=person_out(here, person)), 201


@bp.endpoint("GET", "/persons/<person_id>", "persons:read", PersonAnswer,
             fails={404: "Nobody has this id (`person_not_found`)."})
def get_person(path: PersonPath) -> PersonAnswer:
    """Show one person; earlier ids of theirs answer too."""
    here = context()
    return PersonAnswer(data=person_out(here, here.system.people.get(path.person_id)))


@bp.endpoint("PATCH", "/persons/<person_id>", "persons:write", PersonAnswer,
             fails={404: "Nobody has this id (`person_not_found`), or there is no such connection.",
                    409: "The new id belongs to another person (`person_exists`), or rows are on the way to the "
                         "connection that they leave (`person_busy`)."})
def change_person(path: PersonPath, body: PersonChange) -> PersonAnswer:
    """Change what is named in the body; an earlier id keeps answering."""
    here = context()
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    person = here.system.people.change(path.person_id, by=caller().name, **changes)
    return PersonAnswer(message=f"Changed {person.name}.", data=person_out(here, person))


@bp.endpoint("POST", "/persons/<person_id>/pin", "persons:write", PersonAnswer,
             fails={404: "Nobody has this id (`person_not_found`).", 422: "It is no PIN (`bad_pin`)."})
def set_pin(path: PersonPath, body: PinBody) -> PersonAnswer:
    """Give a person a PIN, for those who use no face and for faces that are not quite sure."""
    context().system.people.set_pin(path.person_id, body.pin, by=caller().name)
    return get_person(path)


@bp.endpoint("DELETE", "/persons/<person_id>/pin", "persons:write", PersonAnswer,
             fails={404: "Nobody has this id (`person_not_found`)."})
def take_pin(path: PersonPath) -> PersonAnswer:
    """Take a person's PIN away."""
    context().system.people.set_pin(path.person_id, None, by=caller().name)
    return get_person(path)


@bp.endpoint("DELETE", "/persons/<person_id>", "persons:write", Done,
             fails={404: "Nobody has this id (`person_not_found`)."})
def erase_person(path: PersonPath) -> Done:
    """Erase a person: faces at once, rows as ERASURE_ROWS says."""
    context().system.people.erase(path.person_id, by=caller().name)
    return Done(message="Erased.")
