"""Fields of the simulated models: what they are called and how values go in and out.

Datetimes are kept as naive UTC, as in Odoo's own database; empty values go out as False.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from .errors import InvalidDatetime

DATETIME_FORMAT = "%Y-%m-%d %H:%M:%S"
DATE_FORMAT = "%Y-%m-%d"
RELATIONAL = ("many2one", "one2many", "many2many")


@dataclass(frozen=True)
class Field:
    """One field. `related` is a dotted path it is read through; `groups` who may see it."""

    name: str
    type: str
    string: str
    relation: str | None = None
    store: bool = True
    required: bool = False
    readonly: bool = False
    groups: str | None = None
    selection: tuple[tuple[str, str], ...] = ()
    related: str | None = None
    default: Any = False

    @property
    def empty(self) -> Any:
        """What Odoo answers for a field without a value."""
        if self.type in ("float", "monetary"):
            return 0.0
        if self.type == "integer":
            return 0
        return [] if self.type in ("one2many", "many2many") else False

    def described(self) -> dict[str, Any]:
        """The entry of fields_get()."""
        entry: dict[str, Any] = {
            "type": self.type,
            "string": self.string,
            "name": self.name,
            "store": self.store,
            "required": self.required,
            "readonly": self.readonly,
            "searchable": True,
            "sortable": self.store,
            "exportable": True,
            "company_dependent": False,
            "change_default": False,
            "depends": [],
            "manual": False,
            "groupable": self.store,
        }
        if self.relation:
            entry |= {"relation": self.relation, "context": {}, "domain": []}
        if self.selection:
            entry["selection"] = [list(pair) for pair in self.selection]
        if self.related:
            entry["related"] = self.related
        if self.groups:
            entry["groups"] = self.groups
        return entry


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
MAGIC = tuple(MAGIC_FIELDS)


def to_datetime(value: Any) -> datetime | None:
    """What Odoo makes of a datetime it is given; raises ValueError or TypeError as Odoo does.

    The pattern is cut to the value's length, so times without seconds and plain dates pass,
    while ISO's T, fractions of a second and offsets do not.
    """
    if not value:
        return None
    if isinstance(value, datetime):
        if value.tzinfo:
            raise ValueError(f"Datetime field expects a naive datetime: {value}")
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return datetime.strptime(value, DATETIME_FORMAT[: len(value) - 2])


def to_date(value: Any) -> date | None:
    if not value:
        return None
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else datetime.strptime(value[:10], DATE_FORMAT).date()


def stored(model: str, field: Field, value: Any) -> Any:
    """The value as the database keeps it; None is empty. Raises what Odoo would raise."""
    if field.type == "datetime":
        return to_datetime(value)
    if field.type == "date":
        return to_date(value)
    if field.type == "boolean":
        return bool(value)
    if field.type in ("float", "monetary"):
        return float(value or 0.0)
    if field.type == "integer":
        return int(value or 0)
    if field.type == "many2one":
        if isinstance(value, list | tuple):
            value = value[0] if value else None
        return int(value) if value else None
    if field.type in ("one2many", "many2many"):
        return list(value or [])
    if value is False or value is None:
        return None
    if field.type == "selection":
        if field.selection and value not in dict(field.selection):
            raise ValueError(f"Wrong value for {model}.{field.name}: {value!r}")
        return value
    if field.type in ("char", "text", "html"):
        return str(value) or None
    return value


def refuse_empty_time(field: Field, value: Any) -> None:
    """Odoo 18 hands '' to PostgreSQL as it is, which refuses it."""
    if field.type == "datetime" and value == "":
        raise InvalidDatetime('invalid input syntax for type timestamp: ""\nLINE 1: ...')


def shown(value: Any) -> Any:
    """A stored scalar as it leaves the server: whole seconds, False for empty."""
    if value is None:
        return False
    if isinstance(value, datetime):
        return value.strftime(DATETIME_FORMAT)
    if isinstance(value, date):
        return value.strftime(DATE_FORMAT)
    return value
