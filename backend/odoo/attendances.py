"""Rows of Odoo's hr.attendance: loaded under external ids of our own, read, removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.odoo.client import OdooClient
from backend.odoo.errors import OdooError, OdooForbidden, OdooNotOdoo, OdooRefused, OdooServerFault
from backend.odoo.loading import Cells, Loaded, load
from backend.odoo.retrying import unclear_calls
from backend.odoo.times import from_odoo, to_odoo

MODEL = "hr.attendance"
MODULE = "__face_attendance__"
"""The module of our external ids; no real module is called so."""
FIELDS = ("employee_id", "check_in", "check_out", "worked_hours", "write_date")
_OPEN = ["id", "employee_id/.id", "check_in"]
_CLOSED = [*_OPEN, "check_out"]
LOAD_CONTEXT = {"tz": "UTC"}
"""Without it, load() takes times to be in the user's own zone."""
ARCHIVED_TOO = {**LOAD_CONTEXT, "active_test": False}
"""load() does not find archived employees by itself, and who was archived after the last day's work has rows to come.
Only for rows that were refused: Odoo computes overtime under the same context."""


@dataclass(frozen=True)
class Wanted:
    """What Odoo should hold of a session; `check_out` None while it is open."""

    session: UUID
    employee_id: int
    check_in: datetime
    check_out: datetime | None

    @property
    def external_id(self) -> str:
        return f"{MODULE}.{external_name(self.session)}"


@dataclass(frozen=True)
class Held:
    """What Odoo holds under an id: times aware in UTC, hours as Odoo counts them."""

    odoo_id: int
    employee_id: int
    employee_name: str
    check_in: datetime
    check_out: datetime | None
    worked_hours: float
    write_date: datetime | None


def external_name(session: UUID) -> str:
    """The external id without its module; Odoo takes letters, digits, `_`, `.` and `-`."""
    return f"session_{session}"


def load_rows(client: OdooClient, wanted: Sequence[Wanted], context: Mapping[str, Any] = LOAD_CONTEXT) -> list[Loaded]:
    """Create or update rows, all of them open or all of them closed; results in their order.
    Raises what `send_rows` tells."""
    sending = send_rows(client, wanted, context=context)
    if sending.error is not None:
        raise sending.error
    return [sending.results[place] for place in range(len(wanted))]


@dataclass
class Sending:
    """What became of rows, by their places: those with a result have a clear answer. Rows in
    `unclear` were sent at least once without one, and that request may be on its way still;
    `error` ended it before all had a result."""

    results: dict[int, Loaded] = field(default_factory=dict)
    unclear: set[int] = field(default_factory=set)
    error: OdooError | None = None


def send_rows(client: OdooClient, wanted: Sequence[Wanted],
              refused: Callable[[], None] = lambda: None, *, context: Mapping[str, Any] = LOAD_CONTEXT) -> Sending:
    """Create or update rows, all of them open or all of them closed; each session once.

    The column check_out is left out for open rows: an empty one would open a row again that
    was closed meanwhile. The client repeats a call without an answer, which cannot double.
    `refused` is called where Odoo blames all rows of a call; what it raises ends the sending.
    """
    if len({row.check_out is None for row in wanted}) > 1:
        raise ValueError("open and closed rows go in separate calls")
    columns = _OPEN if wanted and wanted[0].check_out is None else _CLOSED
    places = {row.external_id: place for place, row in enumerate(wanted)}
    sending = Sending()

    def call(rows: list[Cells]) -> dict[str, Any]:
        answer: Any = None
        with unclear_calls() as lost:
            try:
                answer = client.execute(MODEL, "load", columns, [list(row) for row in rows], context=dict(context))
            finally:
                if lost or (answer is not None and not _is_loaded(answer, len(rows))):
                    sending.unclear |= {places[row[0]] for row in rows}
        if not _is_loaded(answer, len(rows)):
            raise OdooNotOdoo("Odoo answers load() with something that is no result of it. Is there a module that "
                              "changes imports, or a proxy that changes answers?")
        return answer

    try:
        load(call, [_cells(row) for row in wanted], sending.results, refused)
    except OdooError as error:
        sending.error = error
    return sending


def read(client: OdooClient, odoo_ids: Iterable[int]) -> dict[int, Held]:
    """Rows by id; those that are gone are left out."""
    ids = sorted(set(odoo_ids))
    if not ids:
        return {}
    rows = client.execute(MODEL, "read", ids, list(FIELDS))
    return {row["id"]: held(row) for row in rows}


def read_seen(client: OdooClient, odoo_ids: Iterable[int], size: int, *, alive: Callable[[], None] = lambda: None,
              refused: Callable[[], None] = lambda: None) -> tuple[dict[int, Held], dict[int, OdooForbidden]]:
    """As `read`, `size` at most in one call, and which rows we may not see: one row of a company
    that is not ours spoils the whole answer. `alive` is called after each call, `refused` after the
    first that was spoiled; both may raise to end it."""
    ids = sorted(set(odoo_ids))
    held: dict[int, Held] = {}
    hidden: dict[int, OdooForbidden] = {}
    told = False
    waiting = [ids[start:start + size] for start in range(0, len(ids), size)]
    while waiting:
        some = waiting.pop(0)
        try:
            held |= read(client, some)
        except OdooForbidden as error:
            if not told:
                told = True
                refused()
            if len(some) == 1:
                hidden[some[0]] = error
            else:
                waiting[:0] = [some[:len(some) // 2], some[len(some) // 2:]]
        alive()
    return held, hidden


def of_employees(client: OdooClient, employees: Iterable[int], start: datetime, end: datetime,
                 size: int) -> list[Held]:
    """All rows of these employees that touch [start, end], open ones included, read in pages."""
    domain: list[Any] = [["employee_id", "in", sorted(set(employees))], ["check_in", "<=", to_odoo(end)],
                         "|", ["check_out", "=", False], ["check_out", ">=", to_odoo(start)]]
    return list(_pages(client, domain, size))


def external_names(client: OdooClient, odoo_ids: Sequence[int], size: int) -> dict[str, int]:
    """The external ids of those of these rows that have one of ours, each with its row's id."""
    found: dict[str, int] = {}
    for start in range(0, len(odoo_ids), size):
        for one in client.execute(MODEL, "get_metadata", list(odoo_ids[start:start + size])):
            module, _, name = str(one.get("xmlid") or "").partition(".")
            if module == MODULE:
                found[name] = one["id"]
    return found


def between(client: OdooClient, start: datetime, end: datetime, employee_id: int | None,
            size: int) -> Iterator[Held]:
    """Rows that check in within [start, end), in order of their ids, read in pages."""
    domain: list[Any] = [["check_in", ">=", to_odoo(start)], ["check_in", "<", to_odoo(end)]]
    if employee_id is not None:
        domain.append(["employee_id", "=", employee_id])
    yield from _pages(client, domain, size)


def written_since(client: OdooClient, moment: datetime, size: int) -> Iterator[Held]:
    """Rows whose write_date is `moment` or later, in order of their ids, read in pages."""
    return _pages(client, [["write_date", ">=", to_odoo(moment)]], size)


def remove(client: OdooClient, *odoo_ids: int) -> None:
    """Delete rows, all of them or none; a single one that is gone already is fine."""
    try:
        client.execute(MODEL, "unlink", list(odoo_ids))
    except OdooRefused:
        if len(odoo_ids) > 1 or read(client, odoo_ids):
            raise


def reopen(client: OdooClient, odoo_id: int, wanted: Wanted) -> None:
    """Take the check-out away from a row that was closed, which load() must never do by itself."""
    client.execute(MODEL, "write", [odoo_id], {
        "employee_id": wanted.employee_id, "check_in": to_odoo(wanted.check_in), "check_out": False})


def find_external(client: OdooClient, session: UUID) -> int | None:
    """The id of the row that we once loaded for this session; None where there is none."""
    try:
        model, odoo_id = client.execute("ir.model.data", "check_object_reference", MODULE,
                                        external_name(session))
    except OdooServerFault as error:
        if error.fault.rpartition(".")[2] == "ValueError":
            return None
        raise
    # For a row that we may not see, Odoo gives False in place of the id.
    return (odoo_id or None) if model == MODEL else None


def held(row: dict[str, Any]) -> Held:
    employee = row.get("employee_id") or (0, "")
    check_in = from_odoo(row["check_in"])
    if check_in is None:
        raise ValueError("an attendance without check-in")
    return Held(odoo_id=row["id"], employee_id=employee[0], employee_name=str(employee[1]),
                check_in=check_in, check_out=from_odoo(row.get("check_out")),
                worked_hours=float(row.get("worked_hours") or 0.0),
                write_date=from_odoo(row.get("write_date")))


def _is_loaded(answer: Any, count: int) -> bool:
    """Whether it is what load() answers: an id for each row, or none and messages."""
    if not isinstance(answer, dict):
        return False
    ids, messages = answer.get("ids"), answer.get("messages") or []
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        return False
    return not ids or (isinstance(ids, list) and len(ids) == count
                       and all(isinstance(one, int) and not isinstance(one, bool) for one in ids))


def _pages(client: OdooClient, domain: list[Any], size: int) -> Iterator[Held]:
    last = 0
    while True:
        rows = client.execute(MODEL, "search_read", [*domain, ["id", ">", last]], fields=list(FIELDS),
                              limit=size, order="id asc")
        yield from (held(row) for row in rows)
        if len(rows) < size:
            return
        last = rows[-1]["id"]


def _cells(row: Wanted) -> Cells:
    cells: tuple[str, ...] = (row.external_id, str(row.employee_id), to_odoo(row.check_in))
    return cells if row.check_out is None else (*cells, to_odoo(row.check_out))
