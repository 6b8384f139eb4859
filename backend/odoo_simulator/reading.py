"""What every simulated model can do without changing anything: values, search, read, rights.

Methods marked `rpc_model` or `rpc_records` may be called from outside; their parameters carry
Odoo's names, because callers may pass them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

from . import access, fields
from .domain import leaves_of_all, matcher, names_in
from .errors import MissingError, UserError
from .fields import MAGIC_FIELDS, Field, magic_fields
from .records import INDEXED, Row, Transaction

if TYPE_CHECKING:
    from .automations import Automations
    from .model import Model

Method = TypeVar("Method", bound=Callable[..., Any])


def rpc_model(method: Method) -> Method:
    """May be called from outside, on the model."""
    method.rpc = "model"  # type: ignore[attr-defined]
    return method


def rpc_records(method: Method) -> Method:
    """May be called from outside, with ids as the first argument."""
    method.rpc = "records"  # type: ignore[attr-defined]
    return method


@dataclass
class Environment:
    """One call: its transaction, user, context, and the models as this version has them."""

    version: int
    transaction: Transaction
    user: Row
    context: dict[str, Any]
    registry: dict[str, type[Model]]
    automations: Automations
    _models: dict[str, Model] = field(default_factory=dict)

    @property
    def groups(self) -> frozenset[str]:
        return self.user["groups"]

    @property
    def tz(self) -> str:
        """The zone that texts for this user are written in."""
        return self.context.get("tz") or self.user["tz"] or "UTC"

    @cached_property
    def companies(self) -> set[int]:
        return access.companies(self.user, self.context)

    def touch_employee(self, key: int, values: Row) -> None:
        """Change columns of an employee as a consequence, write_date and all, without claiming the row."""
        stamp = {"write_date": self.transaction.now, "write_uid": self.user["id"]}
        self.transaction.merge("hr.employee", key, {**values, **stamp})
        touched = self.transaction.get("hr.employee", key)
        if "last_attendance_id" in values and touched is not None:
            self.automations.attended(self.model("hr.employee"), touched)

    def model(self, name: str) -> Model:
        if name not in self.registry:
            raise UserError(f"Object {name} doesn't exist")
        if name not in self._models:
            self._models[name] = self.registry[name](self)
        return self._models[name]


@cache
def _fields(kind: type[Readable], version: int) -> dict[str, Field]:
    return {one.name: one for one in kind.field_list(version)}


class Readable:
    """One model within one call: its values, searches, reads and rights."""

    name = ""
    description = ""
    order = "id"
    versions: tuple[int, ...] = (18, 19)

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.version = env.version
        self.fields = _fields(type(self), env.version)

    @classmethod
    def field_list(cls, version: int) -> Iterable[Field]:
        """The fields of this model in that version."""
        return magic_fields()

    @property
    def table(self) -> str:
        return self.name

    @property
    def rpc_name(self) -> str:
        """The model that errors about this one name."""
        return self.name

    # What subclasses refine ------------------------------------------------------------

    def visible(self, row: Row) -> bool:
        """The record rules."""
        return True

    def searchable(self, field: Field) -> bool:
        """Whether a field that is not stored can be searched all the same."""
        return False

    def display_name(self, row: Row) -> str:
        return row.get("name") or f"{self.name},{row['id']}"

    def computed(self, row: Row, name: str) -> Any:
        """The value of a field that has no column."""
        return None

    # Values -----------------------------------------------------------------------------

    def may_see(self, field: Field) -> bool:
        return field.groups is None or field.groups in self.env.groups

    def raw(self, row: Row, field: Field) -> Any:
        """The value as Python has it; None is empty."""
        if field.name == "display_name":
            return self.display_name(row)
        if field.related:
            return self._related(row, field.related)
        if field.name in row:
            return row[field.name]
        return self.computed(row, field.name)

    def _related(self, row: Row, path: str) -> Any:
        model: Readable = self
        *links, last = path.split(".")
        for link in links:
            target = model.env.model(str(model.fields[link].relation))
            found = self.env.transaction.get(target.table, row.get(link) or 0)
            if found is None:
                return None
            model, row = target, found
        return model.raw(row, model.fields[last])

    def _outgoing(self, row: Row, field: Field, classic: bool) -> Any:
        value = self.raw(row, field)
        if value is None:
            return field.empty
        if field.type == "many2one":
            target = self.env.model(str(field.relation))
            found = self.env.transaction.get(target.table, value)
            if found is None:
                return False
            return [value, target.display_name(found)] if classic else value
        return fields.shown(value)

    def _existing(self, ids: Iterable[int]) -> list[Row]:
        found = (self.env.transaction.get(self.table, key) for key in ids)
        return [row for row in found if row is not None]

    def _owned(self, ids: list[int], operation: str) -> list[Row]:
        """The rows of `ids` for a change: all there, all allowed."""
        access.check(self, operation)
        rows = []
        for key in ids:
            row = self.env.transaction.get(self.table, key)
            if row is None:
                raise self.missing(key)
            rows.append(row)
        if not all(self.visible(row) for row in rows):
            raise access.refuse_records(self, operation)
        return rows

    def missing(self, key: Any) -> MissingError:
        user = self.env.user["id"]
        return MissingError(f"Record does not exist or has been deleted.\n(Record: {self.name}({key},), User: {user})")

    # Reading ----------------------------------------------------------------------------

    @rpc_model
    def fields_get(
        self, allfields: list[str] | None = None, attributes: list[str] | None = None
    ) -> dict[str, dict[str, Any]]:
        described = {}
        for name, one in self.fields.items():
            if (allfields and name not in allfields) or not self.may_see(one):
                continue
            entry = one.described()
            described[name] = (
                entry if attributes is None else {key: value for key, value in entry.items() if key in attributes}
            )
        return described

    def _search(
        self, domain: list[Any] | None, offset: int = 0, limit: int | None = None, order: str | None = None
    ) -> list[Row]:
        access.check(self, "read")
        test = matcher(self, domain)
        hide = (
            "active" in self.fields
            and self.env.context.get("active_test", True)
            and "active" not in names_in(domain or [])
        )
        found = (
            row
            for row in self._candidates(domain or [])
            if (not hide or row.get("active")) and self.visible(row) and test(row)
        )
        start, order = offset or 0, order or self.order
        end = start + limit if limit else None
        if order.split() in (["id"], ["id", "asc"]):
            return list(islice(found, start, end))
        return self._ordered(list(found), order)[start:end]

    def _candidates(self, domain: Sequence[Any]) -> Iterable[Row]:
        """All rows that `domain` can hold for, by id; few where it names ids or an indexed column."""
        transaction = self.env.transaction
        needed = leaves_of_all(domain)
        for name, operator, value in needed:
            values = value if operator == "in" and isinstance(value, list | tuple) else [value]
            if operator not in ("=", "in") or any(not isinstance(one, int | str) or one is False for one in values):
                continue
            if name == "id":
                return self._existing(sorted({int(one) for one in values}))
            if name in INDEXED.get(self.table, ()) and (name == "barcode") == all(isinstance(v, str) for v in values):
                found = (transaction.where(self.table, name, one) for one in dict.fromkeys(values))
                return sorted(chain.from_iterable(found), key=lambda row: row["id"])
        above = [value for name, operator, value in needed if (name, operator) == ("id", ">") and type(value) is int]
        return transaction.rows(self.table, max(above, default=None))

    def _ordered(self, rows: list[Row], order: str) -> list[Row]:
        for term in reversed(order.split(",")):
            name, *direction = term.split()
            one = self.fields.get(name)
            if one is None:
                raise self._no_field(name)
            keys = {row["id"]: self._sort_key(row, one) for row in rows}
            rows = sorted(
                rows,
                key=lambda row: keys[row["id"]],
                reverse=bool(direction) and direction[0].lower() == "desc",
            )
        return rows

    def _no_field(self, name: str) -> ValueError:
        if self.version == 18:
            return ValueError(f"Invalid field {name!r} on model {self.name!r}")
        return ValueError(f"Invalid field {name!r} on {self.name!r}")

    def _sort_key(self, row: Row, one: Field) -> tuple[bool, Any]:
        """PostgreSQL puts empty values last; text goes by code point (collation C)."""
        value = self.raw(row, one)
        if one.type == "many2one" and value is not None:
            target = self.env.transaction.get(str(one.relation), value)
            value = self.env.model(str(one.relation)).display_name(target) if target else None
        return (value is None, 0 if value is None else value)

    @rpc_model
    def search(
        self, domain: list[Any], offset: int = 0, limit: int | None = None, order: str | None = None
    ) -> list[int]:
        return [row["id"] for row in self._search(domain, offset, limit, order)]

    @rpc_model
    def search_count(self, domain: list[Any], limit: int | None = None) -> int:
        return len(self._search(domain, limit=limit))

    @rpc_model
    def search_read(
        self,
        domain: list[Any] | None = None,
        fields: list[str] | None = None,
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
        load: str = "_classic_read",
    ) -> list[Row]:
        rows = self._search(domain, offset, limit, order)
        return self._read(rows, fields, load)

    @rpc_records
    def read(self, ids: list[int], fields: list[str] | None = None, load: str = "_classic_read") -> list[Row]:
        access.check(self, "read")
        rows = self._existing(ids)
        if not all(self.visible(row) for row in rows):
            raise access.refuse_records(self, "read")
        return self._read(rows, fields, load)

    def _read(self, rows: list[Row], names: list[str] | None, load: str | None) -> list[Row]:
        if not names:
            names = [name for name, one in self.fields.items() if self.may_see(one)]
        hidden = []
        for name in names:
            if name not in self.fields:
                raise self._no_field(name)
            if not self.may_see(self.fields[name]):
                hidden.append(name)
        if hidden:
            raise access.refuse_fields(self, hidden, "read")
        wanted = [self.fields[name] for name in dict.fromkeys(["id", *names])]
        return [{one.name: self._outgoing(row, one, load == "_classic_read") for one in wanted} for row in rows]

    @rpc_model
    def name_search(
        self,
        name: str = "",
        domain: list[Any] | None = None,
        operator: str = "ilike",
        limit: int = 100,
        args: list[Any] | None = None,
    ) -> list[list[Any]]:
        leaf = [["name", operator, name]] if name else []
        rows = self._search([*(domain or args or []), *leaf], limit=limit)
        return [[row["id"], self.display_name(row)] for row in rows]

    @rpc_records
    def exists(self, ids: list[int]) -> list[int]:
        return [row["id"] for row in self._existing(ids)]

    @rpc_model
    def default_get(self, fields_list: list[str]) -> Row:
        defaults = {name: self._default(self.fields[name]) for name in fields_list if name in self.fields}
        return {name: fields.shown(value) for name, value in defaults.items() if value not in (None, False)}

    def _default(self, one: Field) -> Any:
        return self.env.transaction.now.replace(microsecond=0) if one.default == "now" else one.default

    # Rights -----------------------------------------------------------------------------

    @rpc_records
    def has_access(self, ids: list[int], operation: str) -> bool:
        return access.allowed(self, operation) and all(self.visible(row) for row in self._existing(ids))

    @rpc_records
    def check_access(self, ids: list[int], operation: str) -> None:
        access.check(self, operation)
        if not all(self.visible(row) for row in self._existing(ids)):
            raise access.refuse_records(self, operation)

    @rpc_model
    def check_access_rights(self, operation: str, raise_exception: bool = True) -> bool:
        if raise_exception:
            access.check(self, operation)
        return access.allowed(self, operation)

    @rpc_records
    def get_metadata(self, ids: list[int]) -> list[Row]:
        users = self.env.model("res.users")
        answer = []
        for row in self._existing(ids):
            xmlids = [{"xmlid": str(one["xmlid"]), "noupdate": False} for one in self._external_ids(row["id"])]
            entry: Row = {"id": row["id"]}
            for name in ("create_uid", "create_date", "write_uid", "write_date"):
                entry[name] = users._outgoing(row, MAGIC_FIELDS[name], True)
            answer.append(
                {
                    **entry,
                    "xmlid": xmlids[0]["xmlid"] if xmlids else False,
                    "noupdate": False,
                    "xmlids": xmlids,
                }
            )
        return answer

    @rpc_records
    def get_external_id(self, ids: list[int]) -> dict[int, str]:
        named = {key: self._external_ids(key) for key in ids}
        return {key: str(found[0]["xmlid"]) if found else "" for key, found in named.items()}

    def _external_ids(self, key: int) -> list[Row]:
        named = self.env.transaction.where("ir.model.data", "res_id", key)
        return [row for row in named if row["model"] == self.name]
