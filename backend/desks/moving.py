"""A person goes to another database of Odoo.

A session belongs to one database for good, once that one has a row of it or may have: such rows
stay there and are kept in step there, also one that is open still. What the old database never
had goes to the new one, and so does everything to come.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from backend.desks.connection import find_connection
from backend.errors import Conflict
from backend.odoo.bridge.pull_settling import FROM_ODOO
from backend.store.records import OdooRow, Person
from backend.store.repositories.connections import FIRST
from backend.store.unit import Unit


class CannotMove(Conflict):
    code = "person_busy"


def move(unit: Unit, person: Person, name: str) -> Person:
    """Let the person belong to the connection called `name`, in the caller's unit; the next pull
    from there links them by their badge. Raises 404 connection_not_found, and 409 person_busy
    while rows of theirs are on the way."""
    to, here = find_connection(unit, name), person.connection_id or FIRST
    if to.id == here:
        return person
    # Whoever was silent for too long must not send a row to the old database that goes to the new one now.
    owner = f"move:{uuid4()}"
    if not unit.claims.take([person.uuid], owner, timedelta(0), here):
        old = unit.connections.all_names()[here]
        raise CannotMove(f"Rows of {person.name} are on their way to {old} just now. Try again in a moment.")
    unit.claims.release(owner, here)
    rows = [row.id for row in unit.attendance.of(person.uuid) if row.connection_id == here]
    held = unit.odoo.get_many(rows, here)
    free = [number for number in rows if not _may_have(held.get(number))]
    queued = unit.outbox.drop(free, here)
    unit.odoo.drop(free, here)
    unit.attendance.rehome(free, to.id)
    unit.outbox.queue(person.uuid, queued)
    kept = {key: value for key, value in person.metadata.items() if key not in FROM_ODOO}
    return unit.people.change(person.uuid, connection_id=to.id, odoo_id=None, metadata=kept)


def _may_have(row: OdooRow | None) -> bool:
    """Whether the database has a row of it, had one that HR deleted, or may get one yet."""
    if row is None:
        return False
    legacy = row.state == "pending" and row.check_in is not None  # how unanswered rows used to be kept
    return bool(row.sent) or legacy or row.state == "deleted" or (
        row.odoo_id is not None and row.state != "removed")
