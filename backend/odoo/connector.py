"""One Odoo database, as one user: what scripts and the bridge ask of it.

It never touches our own database. Failures are raised as OdooError, but for
`test_connection`, which tells them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from backend.attendance.time import parse_day
from backend.clock import require_aware
from backend.odoo import attendances, employees
from backend.odoo.breaker import CircuitBreaker
from backend.odoo.client import OdooClient
from backend.odoo.errors import (
    OdooError,
    OdooForbidden,
    OdooMissingRights,
    OdooNotConfigured,
    OdooServerFault,
)
from backend.odoo.fields import FieldNames
from backend.odoo.outgoing import push
from backend.odoo.pacing import pacer_of
from backend.odoo.people import find_employee, save_employee
from backend.odoo.protocol import Login, is_api_key
from backend.odoo.retrying import RETRIES, Repeater
from backend.odoo.transports import Http, Limits, choose

NOT_CONFIGURED = ("Odoo is not configured. Give address, database, user and password on the settings "
                  "page, with `python backend/configure_odoo.py`, or as ODOO_URL, ODOO_DB, "
                  "ODOO_USERNAME and ODOO_PASSWORD.")


class OdooConnector:
    """Made from `get_odoo_config()`, whose keys are exactly these arguments. Making one sends
    nothing; the first call logs in."""

    def __init__(self, url: str | None, db: str | None, username: str | None, password: str | None,
                 transport: str = "auto", connect_timeout: float = 10.0, read_timeout: float = 60.0,
                 ca_file: str | Path | None = None, verify_tls: bool = True, batch: int = 200,
                 page: int = 500, max_answer: int = 64_000_000,
                 calls_per_second: float | None = None, retries: int = RETRIES,
                 companies: Sequence[int] = (), is_key: bool = False,
                 pace_folder: str | Path | None = None) -> None:
        """`password` may be an API key, whatever it looks like where `is_key` says so. Time-outs in
        seconds; `batch` rows in one load(), `page` employees in one read; `max_answer` in bytes;
        `calls_per_second` None means what is usual for the host, 0 as fast as it goes; `retries`
        repeats of a call that failed; `companies` Odoo's ids of those that this is about, none for
        all that the user sees; all processes that name one `pace_folder` share the calls a second."""
        self.url = url
        self.db = db
        self.username = username
        self.batch = batch
        self.page = page
        self.companies = tuple(sorted(companies))
        self._circuit_breaker = CircuitBreaker()
        self._password = password
        self._is_key = is_key
        self._transport = transport
        self._pace = (calls_per_second, pace_folder)
        self._repeat = Repeater(retries)
        self._limits = Limits(connect_timeout, read_timeout, max_answer)
        self._tls = {"ca_file": ca_file, "verify": verify_tls}
        self._client: OdooClient | None = None
        self._sent = (0, 0)
        self._fields: FieldNames | None = None

    def __repr__(self) -> str:
        return f"OdooConnector({self.url!r}, {self.db!r}, {self.username!r})"

    @property
    def client(self) -> OdooClient:
        """The client, made when first needed. Raises OdooNotConfigured, OdooBadAddress."""
        if self._client is None:
            if not (self.url and self.db and self.username and self._password):
                raise OdooNotConfigured(NOT_CONFIGURED)
            http = Http(self.url, self._limits, **self._tls)
            login = Login(self.db, self.username, self._password, self._is_key or is_api_key(self._password))
            self._client = OdooClient(choose(self._transport, http, login), login,
                                      self._circuit_breaker, repeat=self._repeat,
                                      pacer=pacer_of(http.url, *self._pace),
                                      context=self._context())
        return self._client

    @property
    def traffic(self) -> tuple[int, int]:
        """Calls that were sent, and those of them that broke or came at a bad time."""
        calls, failures = self._sent
        return (calls, failures) if self._client is None else (
            calls + self._client.calls, failures + self._client.failures)

    @property
    def fields(self) -> FieldNames:
        """Which fields this server has."""
        if self._fields is None:
            self._fields = FieldNames(self.client)
        return self._fields

    def connect(self) -> int:
        """Log in; our user's id in Odoo. Further calls answer from memory."""
        return self.client.uid()

    def probe(self) -> dict[str, Any]:
        """Log in and check the rights: `{success, message, server_version, protocol_version,
        transport}`. Raises what stands in the way."""
        self._circuit_breaker.reset()  # who asks by hand wants to know now
        version = self.client.version()
        self.connect()
        self.require_rights()
        return {"success": True, "message": "Connection successful", "server_version": version.text,
                "protocol_version": version.protocol, "transport": self.client.transport.name}

    def test_connection(self) -> dict[str, Any]:
        """As `probe`, but a failure is told: `{success: False, message, code}`."""
        try:
            return self.probe()
        except OdooError as error:
            return {"success": False, "message": str(error), "code": error.code}

    def require_rights(self) -> None:
        """Raises OdooMissingRights where the user may not see badges or write attendance."""
        self.fields.forget()
        if "barcode" not in self.fields.of(employees.MODEL):
            raise OdooMissingRights(
                f"The user {self.username} may not read employees' badges. {employees.RIGHTS}")
        self.require_attendance()

    def require_attendance(self) -> None:
        """Ask Odoo whether the user may write attendance, in the companies that this is about;
        OdooMissingRights where not."""
        if not self._may_create(attendances.MODEL):
            raise OdooMissingRights(
                f"The user {self.username} may not write attendance. {employees.RIGHTS}")
        if self.companies:
            try:
                self.client.execute(employees.MODEL, "search", [], limit=1)
            except OdooForbidden as error:
                named = ", ".join(map(str, self.companies))
                raise OdooMissingRights(f"The companies {named} are chosen (ODOO_COMPANIES, or what the connection "
                                        f"saved), and the user {self.username} may not work in all of them. Allow "
                                        f"them in Odoo, or choose others. Odoo says: {error}") from None

    def pull_employees(self, limit: int | None = None) -> list[dict[str, Any]]:
        """All employees as people: `{person_id, name, email, department, position, phone,
        active, metadata: {odoo_id, …}}`, archived ones included, in order of Odoo's ids."""
        return [{"person_id": one.person_id, "name": one.name, "email": one.email,
                 "department": one.department, "position": one.position, "phone": one.phone,
                 "active": one.active, "metadata": one.metadata}
                for some in employees.pages(self.client, self.fields, self.page, limit) for one in some]

    def push_attendance(self, records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Create or update rows: `{success, message, pushed, failed, total, errors, ids}`.

        A record is `{check_in, check_out?, employee_id? (Odoo's), person_id? (the barcode),
        uuid?}`; times aware, or text in UTC. Sent twice it is the same row: the uuid says so,
        or employee and check-in where none is given. What is no such record counts as failed.
        """
        return push(self.client, records, batch=self.batch, page=self.page)

    def get_attendance_records(self, start: datetime | date | str, end: datetime | date | str,
                               employee_id: int | None = None) -> list[dict[str, Any]]:
        """What Odoo holds that checks in from `start` to before `end`; a plain day, or
        YYYY-MM-DD, stands for the whole day in UTC, the last one included. Times are aware, in UTC."""
        rows = attendances.between(self.client, _instant(start), _instant(end, last=True),
                                   employee_id, self.page)
        return [{"odoo_id": row.odoo_id, "employee_id": row.employee_id,
                 "employee_name": row.employee_name, "check_in": row.check_in,
                 "check_out": row.check_out, "worked_hours": row.worked_hours,
                 "write_date": row.write_date} for row in rows]

    def sync_employee_to_odoo(self, person: Any) -> dict[str, Any]:
        """Create the employee of a person, or update the one with the person's Odoo id or
        badge: `{success, message, employee_id, created, changed: [field…], notes}`.

        `person` is a Person of the store, or a mapping with `person_id`, `name` and, as far as
        known, `email`, `department`, `position`, `phone`, `badge`, `active`, `metadata.odoo_id`.
        What is not known is left as it is, department and job are set where Odoo has one of the
        name (`notes` says where not). Raises BadInput where the person_id or the name is missing,
        OdooBadBadge and OdooBadgeTaken, before anything is changed.
        """
        return save_employee(self.client, self.fields, person)

    def find_employee(self, person: Any) -> int | None:
        """Odoo's id of the employee whom `sync_employee_to_odoo` would update; None: it would
        create one."""
        return find_employee(self.client, person)

    def same_as(self, url: str | None = None, db: str | None = None, username: str | None = None,
                password: str | None = None, transport: str = "auto", is_key: bool = False, **_: Any) -> bool:
        """Whether these are the same server, database and user, logged in in the same way."""
        return (self.url, self.db, self.username, self._password, self._transport, self._is_key) == (
            url, db, username, password, transport, is_key)

    def forget(self) -> None:
        """Ask anew who we are, what the server is and what it has: it may have changed."""
        self._sent = self.traffic
        self.close()
        self._client = self._fields = None

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _context(self) -> dict[str, Any]:
        return {"allowed_company_ids": list(self.companies)} if self.companies else {}

    def _may_create(self, model: str) -> bool:
        try:
            return bool(self.client.execute(model, "has_access", [], "create"))
        except OdooServerFault:  # before Odoo 18 the method had another name
            return bool(self.client.execute(model, "check_access_rights", "create",
                                            raise_exception=False))


def _instant(value: datetime | date | str, last: bool = False) -> datetime:
    if isinstance(value, str):
        value = parse_day(value, "the day")
    if isinstance(value, datetime):
        return require_aware(value)
    return datetime.combine(value + timedelta(days=1) if last else value, time.min, UTC)
