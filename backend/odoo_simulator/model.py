"""What every simulated model can do over RPC: what `reading` has, and create, write, unlink, load.

A subclass gives its fields, its rules and what it computes.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from . import access, fields, loading
from .errors import AccessError, DatabaseError, ValidationError
from .fields import Field, magic_fields
from .reading import Environment, Readable, rpc_model, rpc_records
from .records import Row

__all__ = ["Environment", "Model", "call", "magic_fields", "rpc_model", "rpc_records"]


class Model(Readable):
    """One model within one call."""

    # What subclasses refine ------------------------------------------------------------

    def validate(self, rows: list[Row], changed: set[str]) -> None:
        """The Python constraints, for `rows` as they are now stored."""

    def after_change(self, before: list[Row], after: list[Row]) -> None:
        """What follows from a change: stored computed fields, cascades."""

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
        self.env.automations.created(self, rows)
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
        after = [self.store(row, {**stored, **stamp}) for row in before]
        self.validate(after, set(values))
        if not all(self.visible(row) for row in after):
            raise access.refuse_records(self, "write")
        self.after_change(before, after)
        self.env.automations.written(self, before, after)
        return True

    def store(self, row: Row, values: Row) -> Row:
        """Put the changed values of a row into the database; returns the row as it is then."""
        changed = {**row, **values}
        self._refuse_missing(changed)
        self.env.transaction.put(self.table, row["id"], changed)
        return changed

    @rpc_records
    def unlink(self, ids: list[int]) -> bool:
        rows = self._owned(ids, "unlink")
        self.env.automations.deleted(self, rows)
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


def public_method(kind: type[Model] | None, method: str) -> Any:
    """The method of that name which may be called from outside, or None."""
    function = getattr(kind, method, None)
    return function if hasattr(function, "rpc") else None


def required_arguments(function: Any) -> Sequence[str]:
    """The names of the arguments that a public method cannot do without, ids apart."""
    first = 2 if function.rpc == "records" else 1
    parameters = list(inspect.signature(function).parameters.values())[first:]
    return [one.name for one in parameters if one.default is one.empty]


def private(model_name: str, method: str) -> AccessError:
    return AccessError(f"Private methods (such as '{model_name}.{method}') cannot be called remotely.")


def call(env: Environment, model_name: str, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Call a public method as execute_kw does: ids come first where the method is of records."""
    model = env.model(model_name)
    if method.startswith("_"):
        raise private(model_name, method)
    function = public_method(type(model), method)
    if function is None:
        raise AttributeError(f"The method '{model_name}.{method}' does not exist")
    if function.rpc == "records":
        ids, *args = args or [[]]
        args = [[ids] if isinstance(ids, int) and not isinstance(ids, bool) else list(ids or []), *args]
    return getattr(model, method)(*args, **kwargs)
