"""What every simulated model can do over RPC: search, read, create, write, unlink and the like.

A subclass gives its fields, its rules and what it computes. Methods marked `rpc_model` or
`rpc_records` may be called from outside; their parameters carry Odoo's names, because callers
may pass them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from . import access, fields, loading
from .domain import matcher, names_in
from .errors import AccessError, DatabaseError, MissingError, UserError, ValidationError
from .fields import Field
from .records import Row, Transaction

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
    _models: dict[str, Model] = field(default_factory=dict)

    @property
    def groups(self) -> frozenset[str]:
        return self.user["groups"]

    @property
    def tz(self) -> str:
        """The zone that texts for this user are written in."""
        return self.context.get("tz") or self.user["tz"] or "UTC"

    @property
    def companies(self) -> set[int]:
        return access.companies(self.user, self.context)

    def model(self, name: str) -> Model:
        if name not in self.registry:
            raise UserError(f"Object {name} doesn't exist")
        if name not in self._models:
            self._models[name] = self.registry[name](self)
        return self._models[name]


class Model:
    """One model within one call."""

    name = ""
    description = ""
    order = "id"

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.version = env.version
        self.fields: dict[str, Field] = {one.name: one for one in self.field_list(env.version)}

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

    def validate(self, rows: list[Row], changed: set[str]) -> None:
        """The Python constraints, for `rows` as they are now stored."""

    def after_change(self, before: list[Row], after: list[Row]) -> None:
        """What follows from a change: stored computed fields, cascades."""

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
        model: Model = self
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
        rows = [
            row
            for row in self.env.transaction.rows(self.table)
            if self.visible(row) and (row.get("active") or not hide) and test(row)
        ]
        rows = self._ordered(rows, order or self.order)[offset or 0 :]
        return rows[:limit] if limit else rows

    def _ordered(self, rows: list[Row], order: str) -> list[Row]:
        for term in reversed(order.split(",")):
            name, *direction = term.split()
            one = self.fields.get(name)
            if one is None:
                raise ValueError(
                    f"Invalid field {name!r} on model {self.name!r}"
                    if self.version == 18
                    else f"Invalid field {name!r} on {self.name!r}"
                )
            keys = {row["id"]: self._sort_key(row, one) for row in rows}
            rows = sorted(
                rows,
                key=lambda row: keys[row["id"]],
                reverse=bool(direction) and direction[0].lower() == "desc",
            )
        return rows

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
                raise ValueError(
                    f"Invalid field {name!r} on model {self.name!r}"
                    if self.version == 18
                    else f"Invalid field {name!r} on {self.name!r}"
                )
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
        return [
            row
            for row in self.env.transaction.rows("ir.model.data")
            if row["model"] == self.name and row["res_id"] == key
        ]

    # Changing ---------------------------------------------------------------------------

    @rpc_model
    def create(self, vals_list: Row | list[Row]) -> int | list[int]:
        single = isinstance(vals_list, dict)
        created = self.insert([vals_list] if single else vals_list)
        return created[0] if single else created

    def insert(self, vals_list: list[Row]) -> list[int]:
        """Create rows as one batch: all stored, then all checked. Returns their ids."""
        access.check(self, "create")
        prepared = [self._checked(vals) for vals in vals_list]
        if self.version == 19:
            # 19 reads the values before it draws ids; 18 lets a bad value cost an id.
            stored = [self._stored(vals) for vals in prepared]
            rows = [self._inserted(values) for values in stored]
        else:
            rows = [self._inserted_18(vals) for vals in prepared]
        self.validate(rows, {name for vals in vals_list for name in vals} | set(self.fields))
        if not all(self.visible(row) for row in rows):
            raise access.refuse_records(self, "create")
        self.after_change([], rows)
        return [row["id"] for row in rows]

    def _checked(self, vals: Row) -> Row:
        """Only fields that there are, that may be written, and that are not computed."""
        for name in vals:
            if name not in self.fields:
                raise ValueError(
                    f"Invalid field {name!r} on model {self.name!r}"
                    if self.version == 18
                    else f"Invalid field {name!r} in {self.name!r}"
                )
        hidden = [name for name in vals if not self.may_see(self.fields[name])]
        if hidden:
            raise access.refuse_fields(self, hidden, "write")
        return {
            name: value for name, value in vals.items() if name not in fields.MAGIC and not self.fields[name].readonly
        }

    def _stored(self, vals: Row) -> Row:
        stored = {}
        for name, value in vals.items():
            one = self.fields[name]
            stored[name] = fields.stored(self.name, one, value)
            self._check_reference(one, stored[name])
        return stored

    def _check_reference(self, one: Field, value: Any) -> None:
        """A many2one must point to something; the versions say so differently."""
        if one.type != "many2one" or value is None:
            return
        target = self.env.model(str(one.relation))
        if self.env.transaction.get(target.table, value) is not None:
            return
        if self.version == 19:
            raise target.missing(value)
        raise ValidationError(
            "The operation cannot be completed: another model requires the record being deleted. "
            "If possible, archive it instead.\n\n"
            f"Model: {self.description} ({self.name})\n"
            f"Constraint: {self.name.replace('.', '_')}_{one.name}_fkey\n"
        )

    def _inserted_18(self, vals: Row) -> Row:
        for name, value in vals.items():
            fields.refuse_empty_time(self.fields[name], value)
        key = self.env.transaction.database.next_id(self.table)
        return self._inserted(self._stored(vals), key)

    def _inserted(self, values: Row, key: int | None = None) -> Row:
        transaction = self.env.transaction
        key = transaction.database.next_id(self.table) if key is None else key
        row: Row = {}
        for one in self.fields.values():
            if one.store and one.name not in fields.MAGIC and not one.related:
                default = self._default(one) if one.name not in values else None
                row[one.name] = None if default is False and one.type != "boolean" else default
        row |= values
        row |= {
            "id": key,
            "create_date": transaction.now,
            "write_date": transaction.now,
            "create_uid": self.env.user["id"],
            "write_uid": self.env.user["id"],
        }
        self._refuse_missing(row)
        transaction.put(self.table, key, row)
        return row

    def _refuse_missing(self, row: Row) -> None:
        for one in self.fields.values():
            if one.required and one.store and row.get(one.name) is None and not one.related:
                raise self.mandatory(one)

    def mandatory(self, one: Field) -> DatabaseError:
        """A required column is empty, in the words of this version."""
        if self.version == 18:
            return DatabaseError(
                "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n"
                "- Delete: another model requires the record being deleted. "
                "If possible, archive it instead.\n\n"
                f"Model: {self.description} ({self.name})\nField: {one.string} ({one.name})\n",
                f"Missing required value for the field '{one.string}' ({one.name})",
                one.name,
            )
        missing = (
            f"Missing required value for the field '{one.string}' ({one.name}).\n"
            f"Model: '{self.description}' ({self.name})\n- create/update: a mandatory field is not set\n"
            "- delete: another model requires the record being deleted, you can archive it instead\n"
        )
        return DatabaseError(f"The operation cannot be completed: {missing}", missing, one.name)

    @rpc_records
    def write(self, ids: list[int], vals: Row) -> bool:
        before = self._owned(ids, "write")
        values = self._checked(vals)
        if self.version == 18:
            for name, value in values.items():
                fields.refuse_empty_time(self.fields[name], value)
        stored = self._stored(values)
        stamp = {"write_date": self.env.transaction.now, "write_uid": self.env.user["id"]}
        after = []
        for row in before:
            changed = {**row, **stored, **stamp}
            self._refuse_missing(changed)
            self.env.transaction.put(self.table, row["id"], changed)
            after.append(changed)
        self.validate(after, set(values))
        if not all(self.visible(row) for row in after):
            raise access.refuse_records(self, "write")
        self.after_change(before, after)
        return True

    @rpc_records
    def unlink(self, ids: list[int]) -> bool:
        rows = self._owned(ids, "unlink")
        for row in rows:
            self.env.transaction.delete(self.table, row["id"])
            for named in self._external_ids(row["id"]):
                self.env.transaction.delete("ir.model.data", str(named["xmlid"]))
        self.after_change(rows, [])
        return True

    @rpc_model
    def load(self, fields: list[str], data: list[list[Any]]) -> Row:
        return loading.load(self, fields, data)

    @rpc_records
    def action_archive(self, ids: list[int]) -> None:
        self._set_active(ids, False)

    @rpc_records
    def action_unarchive(self, ids: list[int]) -> None:
        self._set_active(ids, True)

    def _set_active(self, ids: list[int], active: bool) -> None:
        concerned = [row["id"] for row in self._existing(ids) if bool(row.get("active")) != active]
        if concerned:
            self.write(concerned, {"active": active})


def magic_fields() -> list[Field]:
    """The fields that Odoo gives every model."""
    return list(MAGIC_FIELDS.values())


MAGIC_FIELDS = {
    one.name: one
    for one in (
        Field("id", "integer", "ID", readonly=True),
        Field("display_name", "char", "Display Name", store=False, readonly=True),
        Field("create_uid", "many2one", "Created by", "res.users", readonly=True),
        Field("create_date", "datetime", "Created on", readonly=True),
        Field("write_uid", "many2one", "Last Updated by", "res.users", readonly=True),
        Field("write_date", "datetime", "Last Updated on", readonly=True),
    )
}


def call(env: Environment, model_name: str, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Call a public method as execute_kw does: ids come first where the method is of records."""
    model = env.model(model_name)
    if method.startswith("_"):
        raise AccessError(f"Private methods (such as '{model_name}.{method}') cannot be called remotely.")
    function = getattr(type(model), method, None)
    kind = getattr(function, "rpc", None)
    if kind is None:
        raise AttributeError(f"The method '{model_name}.{method}' does not exist")
    if kind == "records":
        ids, *args = args or [[]]
        args = [[ids] if isinstance(ids, int) and not isinstance(ids, bool) else list(ids or []), *args]
    return getattr(model, method)(*args, **kwargs)
