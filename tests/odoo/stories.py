"""What the tests of the bridge are written with: diaries, credentials, Odoo's rows in short."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from backend.attendance.model import Session, Source, session_uuid
from backend.odoo_simulator import OdooSimulator
from backend.store import Store
from backend.store.records import AttendanceRecord, OdooRow, Person


def credentials(server: OdooSimulator, **changes: object) -> dict[str, object]:
    return {"url": server.url, "db": server.db, "username": server.username,
            "password": server.password} | changes


def at(text: str) -> datetime:
    """`HH:MM` on Monday 2 March 2026, or `MM-DD HH:MM`, in UTC."""
    day, _, clock = text.rpartition(" ")
    return datetime.fromisoformat(f"2026-{day or '03-02'}T{clock}+00:00")


class Diary:
    """One person's sessions as the rules would derive them, kept in the store."""

    def __init__(self, store: Store, person: Person) -> None:
        self.store = store
        self.person = person
        self.sessions: dict[UUID, Session] = {}

    def enter(self, check_in: str, check_out: str | None = None, *, assumed: bool = False) -> UUID:
        """A new session; returns its uuid."""
        made = self.add(at(check_in), at(check_out) if check_out else None, assumed=assumed)
        self.save()
        return made

    def add(self, check_in: datetime, check_out: datetime | None, *, assumed: bool = False) -> UUID:
        """A new session that is not saved yet."""
        opened = uuid4()
        made = Session(
            uuid=session_uuid(self.person.uuid, opened), person=self.person.uuid, check_in=check_in,
            check_out=check_out, assumed=assumed, flags=frozenset(), day=check_in.date(), zone="UTC",
            source=Source.face, device="camera-1", confidence=0.9, distance=0.2, opened_by=opened,
            closed_by=None)
        self.sessions[made.uuid] = made
        return made.uuid

    def moved(self, session: UUID, check_in: datetime, check_out: datetime | None) -> Session:
        """The session at other times."""
        return replace(self.sessions[session], check_in=check_in, check_out=check_out)

    def change(self, session: UUID, **changes: object) -> None:
        """Other values; times as in `enter`."""
        self.change_all({session: changes})

    def change_all(self, changes: dict[UUID, dict[str, object]]) -> None:
        """Several sessions at once, as one correction may do."""
        for session, given in changes.items():
            values = {name: at(value) if isinstance(value, str) else value for name, value in given.items()}
            self.sessions[session] = replace(self.sessions[session], **values)
        self.save()

    def void(self, session: UUID) -> None:
        del self.sessions[session]
        self.save()

    def save(self) -> None:
        with self.store.write() as unit:
            changes = unit.attendance.replace_sessions(self.person.uuid, self.sessions.values())
            unit.outbox.queue(self.person.uuid, [*changes.added, *changes.changed, *changes.superseded])

    def confirmed(self, session: UUID) -> OdooRow | None:
        """What Odoo last confirmed of a session."""
        with self.store.read() as unit:
            record = unit.attendance.by_session(session)
            return None if record is None else unit.odoo.get(record.id)

    def rows(self) -> list[AttendanceRecord]:
        with self.store.read() as unit:
            return unit.attendance.of(self.person.uuid)


class Time:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def held(server: OdooSimulator) -> list[tuple[str, str, str | None]]:
    """Badge, check-in and check-out of each row in Odoo, in order of time."""
    rows = sorted(server.attendances(), key=lambda row: (row["check_in"], row["barcode"]))
    return [(row["barcode"], f"{row['check_in']:%m-%d %H:%M}",
             f"{row['check_out']:%m-%d %H:%M}" if row["check_out"] else None) for row in rows]


def pushes(server: OdooSimulator) -> int:
    """How many calls have changed attendance."""
    return sum(call.model == "hr.attendance" and call.model_method in ("load", "create", "write", "unlink")
               for call in server.calls)


def people(store: Store) -> dict[str, Person]:
    """Everybody here, by id."""
    with store.read() as unit:
        return {person.person_id: person for person in unit.people.search()[0]}


def numbers(result: dict[str, object]) -> dict[str, object]:
    """What a pull counted, in short."""
    return {name: result[name] for name in ("added", "updated", "unchanged", "deactivated", "total")}


def reads(server: OdooSimulator, model: str = "hr.employee") -> int:
    """How many calls have read records of a model."""
    return sum(call.model == model and call.model_method in ("search_read", "read") for call in server.calls)
