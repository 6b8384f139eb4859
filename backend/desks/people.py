"""The people desk: who may be recognised, and what is left of them when they go."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from backend.attendance import Correction
from backend.clock import whole_seconds
from backend.desks.correcting import after_all
from backend.desks.moving import move
from backend.desks.parts import Parts
from backend.desks.pins import Pins
from backend.desks.reading import read_text
from backend.desks.rederive import rederive
from backend.errors import BadInput
from backend.store.errors import PersonNotFound
from backend.store.records import Person
from backend.store.unit import Unit

_LENGTHS = {"person_id": 128, "badge": 128, "name": 200, "email": 254, "department": 200,
            "position": 200, "phone": 64}
_REQUIRED = ("person_id", "name")
_METADATA_BYTES = 16_000
_ALL = 1_000_000


class PeopleDesk:
    """Each method is one unit of work; `by` is who asks, for the log."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store

    def add(self, person_id: str, name: str, email: str | None = None, department: str | None = None,
            position: str | None = None, phone: str | None = None,
            metadata: dict[str, Any] | None = None, badge: str | None = None, *, by: str) -> Person:
        """A new, active person. Raises 409 person_exists, and 422 bad_<field>."""
        fields = _checked({"person_id": person_id, "name": name, "email": email, "badge": badge,
                           "department": department, "position": position, "phone": phone,
                           "metadata": metadata or {}})
        with self._store.write() as unit:
            person = unit.people.add(**fields)
            _log(unit, f"{person.name} was added", person, by)
            return person

    def get(self, person_id: str) -> Person:
        """By the id now or a former one. Raises 404 person_not_found."""
        with self._store.read() as unit:
            return find_person(unit, person_id)

    def find(self, search: str | None = None, department: str | None = None,
             active: bool | None = None, has_face: bool | None = None, limit: int | None = None,
             offset: int = 0) -> tuple[list[Person], int]:
        """People by name, and how many match in all; `search` looks in name, id, badge, e-mail."""
        with self._store.read() as unit:
            return unit.people.search(search, department, active, has_face,
                                      _ALL if limit is None else limit, offset)

    def departments(self) -> list[str]:
        with self._store.read() as unit:
            return unit.people.departments()

    def change(self, person_id: str, /, *, by: str, **fields: Any) -> Person:
        """Set some of person_id, name, badge, email, department, position, phone, metadata,
        active, and connection, the name of the database of Odoo that the person is to belong to (see
        `moving`). A former id keeps answering. Raises 404, 409 and 422 bad_<field>; then nothing was
        changed."""
        connection = fields.pop("connection", None)
        fields = _checked(fields)
        with self._store.write() as unit:
            person = find_person(unit, person_id)
            if (new_id := fields.pop("person_id", None)) is not None:
                unit.people.rename({person.uuid: new_id})
            changed = unit.people.change(person.uuid, **fields)
            if connection is not None:
                changed = _moved(unit, changed, connection, by)
            if changed != person:
                named = [name for name in (*_LENGTHS, "metadata", "active")
                         if getattr(changed, name) != getattr(person, name)]
                if named:
                    _log(unit, f"{changed.name} was changed: {', '.join(named)}", changed, by)
            return changed

    def set_pin(self, person_id: str, pin: str | None, *, by: str) -> None:
        """Give the person a PIN, or with None take it away. Raises 404 and 422 bad_pin."""
        with self._store.read() as unit:
            person = find_person(unit, person_id)
        Pins(self._parts).set(person.uuid, pin)
        with self._store.write() as unit:
            unit.logs.append("security", "info", f"The PIN of {person.name} was "
                             f"{'set' if pin else 'taken away'}", {"person_id": person.person_id, "by": by})

    def erase(self, person_id: str, *, by: str) -> None:
        """Delete faces and consents at once, keep or pseudonymise the rows as ERASURE_ROWS says.

        Who is in is checked out first: nobody else could do it afterwards.
        """
        with self._store.write() as unit:
            person = find_person(unit, person_id)
            self._leave(unit, person)
            unit.people.erase(person.uuid, keep_rows=self._parts.settings.erasure_rows == "keep")
            # Neither name nor id: the log would keep what the erasure takes away.
            unit.logs.append("security", "info", "A person was erased", {"by": by})

    def _leave(self, unit: Unit, person: Person) -> None:
        rederive(unit, person.uuid, unit.now())
        row = unit.attendance.open_of(person.uuid)
        if row is None:
            return
        left = max(whole_seconds(unit.now()), row.check_in)
        unit.corrections.append(Correction(
            uuid=uuid4(), person=person.uuid, kind="replace", start=row.check_in,
            end=left + timedelta(seconds=1), check_in=row.check_in, check_out=left, author="erasure",
            reason="the person was erased", created_at=after_all(unit, person.uuid), opened_by=row.opened_by))
        rederive(unit, person.uuid, row.check_in)


def _moved(unit: Unit, person: Person, connection: str, by: str) -> Person:
    changed = move(unit, person, connection)
    if changed.connection_id != person.connection_id:
        _log(unit, f"{person.name} belongs to the connection {connection} now", changed, by)
    return changed


def find_person(unit: Unit, person_id: str, hint: str = "") -> Person:
    """The person with this id, now or formerly. Raises 404 person_not_found, with the hint."""
    person = unit.people.by_person_id(person_id) if isinstance(person_id, str) else None
    if person is None or person.erased_at is not None:
        raise PersonNotFound(f"There is no person {str(person_id)[:128]}.{hint}")
    return person


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with their texts trimmed. Raises 422 for what cannot be stored."""
    checked: dict[str, Any] = {}
    for name, value in fields.items():
        if name in _LENGTHS:
            checked[name] = read_text(value, name, _LENGTHS[name], required=name in _REQUIRED)
        elif name == "active":
            if not isinstance(value, bool):
                raise BadInput("active must be true or false", code="bad_active")
            checked[name] = value
        elif name == "metadata":
            checked[name] = _metadata(value)
        else:
            raise BadInput(f"{name} is not a field of a person", code="unknown_field")
    email = checked.get("email")
    if email is not None and ("@" not in email or " " in email):
        raise BadInput("email must be an address such as ada@example.com", code="bad_email")
    if (person_id := checked.get("person_id")) is not None and "/" in person_id:
        raise BadInput("person_id cannot hold a slash: it is part of addresses", code="bad_person_id")
    if person_id in (".", ".."):
        raise BadInput("person_id must not be a dot or two: addresses pass over them", code="bad_person_id")
    return checked


def _metadata(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput("metadata must be an object", code="bad_metadata")
    try:
        size = len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise BadInput("metadata must be plain JSON", code="bad_metadata") from None
    if size > _METADATA_BYTES:
        raise BadInput(f"metadata is larger than {_METADATA_BYTES} bytes", code="bad_metadata")
    return value


def _log(unit: Unit, message: str, person: Person, by: str) -> None:
    unit.logs.append("system", "info", message, {"person_id": person.person_id, "by": by})
