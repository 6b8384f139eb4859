"""What the repositories return: frozen, detached from the database, every instant aware UTC.

Punches, corrections, policies and sessions are the classes of `backend.attendance.model`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np

ADAPTIVE = "adaptive"
"""The source of a template that was learnt at the door."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A place; `zone` None stands for the setting TIMEZONE."""

    id: int
    name: str
    zone: str | None


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who may be recognised. `uuid` never changes; `person_id` may, and old ones keep answering.

    `faces` counts the templates of the engine in force, `other_faces` those of others: who has only
    these has to be enrolled again. `consent` tells whether one is in force; an erased person keeps
    the uuid and nothing else.
    """

    uuid: UUID
    person_id: str
    badge: str | None
    name: str
    email: str | None
    department: str | None
    position: str | None
    phone: str | None
    metadata: dict[str, Any]
    active: bool
    site_id: int
    connection_id: int | None
    odoo_id: int | None
    has_pin: bool
    faces: int
    other_faces: int = 0
    consent: bool
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None

    @property
    def must_enrol_again(self) -> bool:
        """Whether there are faces, but none that the engine in force can compare."""
        return not self.faces and self.other_faces > 0


@dataclass(frozen=True, kw_only=True)
class Consent:
    uuid: UUID
    person: UUID
    text_version: str
    given_by: str
    given_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class EnrolmentPicture:
    """A face and a little around it, as it was enrolled. `jpeg` is the file's content."""

    uuid: UUID
    person: UUID
    jpeg: bytes
    source: str
    created_at: datetime
    keep_until: datetime


@dataclass(frozen=True, kw_only=True)
class Template:
    """One embedding of one picture. `vector` is float32 of shape (dim,), unit length."""

    uuid: UUID
    person: UUID
    vector: np.ndarray
    engine: str
    dim: int
    quality: dict[str, Any]
    source: str
    punch: UUID | None
    picture: UUID | None
    """The kept picture that it was made from; it may be gone by now."""
    created_at: datetime

    @property
    def learnt(self) -> bool:
        """Whether it comes from a sighting (the punch `punch`), and not from an enrolment."""
        return self.source == ADAPTIVE


@dataclass(frozen=True)
class GalleryRows:
    """All templates in force: `ids[i]` is the template in row i of `matrix`, `people[i]` whose it is.

    `matrix` is float32 of shape (n, dim), each row of unit length; n may be 0. `learnt` are those
    of the ids that were not enrolled.
    """

    version: int
    ids: tuple[UUID, ...]
    people: tuple[UUID, ...]
    matrix: np.ndarray
    learnt: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class DistanceSum:
    """Sightings of a person at a device in some time: how many, the sum of their distances, and how
    many of them took a PIN or badge."""

    person: UUID
    device: str | None
    sightings: int
    total: float
    confirmed: int


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """A face that was nearly sure: `person` is who may confirm it, until `expires_at`.

    The punch that it becomes has the same `uuid`, `at`, `distance` and `confidence`.
    """

    uuid: UUID
    person: UUID
    device: str | None
    track_id: int
    at: datetime
    reason: str
    distance: float | None
    confidence: float | None
    expires_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ChainHead:
    """The newest link of the punches' chain; `seq` 0 before the first punch."""

    seq: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Stands for the `removed` oldest punches up to `seq`, which retention took away."""

    seq: int
    hash: str
    removed: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class AttendanceRecord:
    """A row of attendance with its person and with what Odoo last said of it.

    `status` is open, closed, assumed (closed by assumption) or superseded; `day` and `zone`
    were settled at check-in. `sync_state` is pending until the bridge has said something.
    """

    id: int
    uuid: UUID
    person: UUID
    person_id: str
    person_name: str
    department: str | None
    check_in: datetime
    check_out: datetime | None
    assumed: bool
    flags: frozenset[str]
    day: date
    zone: str
    source: str
    device: str | None
    confidence: float | None
    distance: float | None
    opened_by: UUID
    closed_by: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    superseded_at: datetime | None
    sync_state: str = "pending"
    sync_error: str | None = None
    sync_error_code: str | None = None
    odoo_id: int | None = None
    connection_id: int = 1

    @property
    def status(self) -> str:
        if self.superseded_at is not None:
            return "superseded"
        if self.check_out is None:
            return "open"
        return "assumed" if self.assumed else "closed"

    @property
    def duration_minutes(self) -> int | None:
        """Whole minutes from check-in to check-out; None while open."""
        if self.check_out is None:
            return None
        return int((self.check_out - self.check_in).total_seconds() // 60)


@dataclass(frozen=True, kw_only=True)
class SessionChanges:
    """What a new derivation changed: numbers of attendance rows, each row in one of the lists."""

    added: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    superseded: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OdooRow:
    """What Odoo last confirmed of an attendance row, or why it did not.

    States: synced, pending, failed (parked with its error), conflict (HR edited Odoo's row),
    deleted (HR removed it), removed (we removed it). `sent` holds what was sent and never
    answered for, as JSON: [{employee, check_in, check_out, at}], so that it is not taken for
    an edit of HR's when it turns up.
    """

    attendance_id: int
    connection_id: int
    odoo_id: int | None = None
    odoo_employee_id: int | None = None
    check_in: datetime | None = None
    check_out: datetime | None = None
    write_date: datetime | None = None
    state: str
    error: str | None = None
    error_code: str | None = None
    updated_at: datetime | None = None
    sent: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class OdooConnection:
    """Where Odoo is and how to log in. `secret` is in the clear here and nowhere in a repr."""

    id: int
    name: str
    url: str | None
    db: str | None
    username: str | None
    transport: str | None
    secret: str | None = field(repr=False)
    secret_kind: str | None
    secret_saved_at: datetime | None
    secret_expires_on: date | None
    hook_secret: str | None = field(repr=False)
    paused_at: datetime | None
    state: dict[str, Any]
    updated_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SyncRun:
    """One run of the bridge: kind pull, push or reconcile; state running, done, failed, abandoned;
    trigger hand, schedule, punch or hook. `parameters` tell of a `dry_run`, and of an `inline` one."""

    id: int
    connection_id: int
    kind: str
    state: str
    parameters: dict[str, Any]
    result: dict[str, Any] | None
    message: str | None
    started_at: datetime
    finished_at: datetime | None
    lease_until: datetime
    trigger: str

    @property
    def dry_run(self) -> bool:
        """Whether it only told what would happen."""
        return bool(self.parameters.get("dry_run"))

    @property
    def inline(self) -> bool:
        """Whether it was made with credentials other than those in force, or given for once."""
        return bool(self.parameters.get("inline"))


@dataclass(frozen=True, kw_only=True)
class OutboxRow:
    """An attendance row whose change waits to go to Odoo; kind change or verify (read again what
    was unclear), state waiting or parked (until somebody has mended what `error` says)."""

    id: int
    connection_id: int
    person: UUID
    attendance_id: int
    version: int
    kind: str
    state: str
    not_before: datetime
    attempts: int
    error: str | None
    error_code: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ForeignRow:
    """A row of hr.attendance that is not ours, with the person whose employee it is of; both
    person fields are None where we do not have the employee. `employee_name` is Odoo's."""

    connection_id: int
    odoo_id: int
    odoo_employee_id: int
    employee_name: str
    check_in: datetime
    check_out: datetime | None
    write_date: datetime | None
    seen_at: datetime
    person: UUID | None = None
    person_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class OdooHint:
    """A record that Odoo said has changed; it is read back at `due_at`, `reads_left` times."""

    id: int
    connection_id: int
    model: str
    odoo_id: int
    received_at: datetime
    due_at: datetime
    reads_left: int


@dataclass(frozen=True, kw_only=True)
class ScheduledJob:
    """When a job last ran, and who is at it until when."""

    name: str
    last_due: datetime | None
    last_run: datetime | None
    owner: str | None
    lease_until: datetime | None
    failing_since: datetime | None
    message: str | None


@dataclass(frozen=True, kw_only=True)
class Device:
    """A camera, browser or program. `source` may hold a password and stays out of the repr."""

    id: str
    name: str
    kind: str
    source: str | None = field(repr=False)
    options: dict[str, Any]
    enabled: bool
    site_id: int
    lease_owner: str | None
    lease_until: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Event:
    id: int
    at: datetime
    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """`level` is debug, info, warning or error."""

    id: int
    at: datetime
    category: str
    level: str
    message: str
    details: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key without the key: `prefix` is its beginning, to recognise it by."""

    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class User:
    """A page user; `role` is admin, hr or viewer."""

    id: int
    username: str
    role: str
    password_hash: str = field(repr=False)
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PageSession:
    """A page user who is logged in; `csrf` goes back in the header of each change."""

    user: User
    csrf: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
