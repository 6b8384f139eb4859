"""What an Odoo server raises, under Odoo's own class names.

The wires turn these into fault codes or JSON errors; nothing here is a failure of this
product, so none of it descends from the product's own errors.
"""

from __future__ import annotations

import traceback


class OdooError(Exception):
    """Root of what the simulated server raises on purpose; `odoo_name` is the real class."""

    odoo_name = "builtins.Exception"


class UserError(OdooError):
    odoo_name = "odoo.exceptions.UserError"


class ValidationError(UserError):
    odoo_name = "odoo.exceptions.ValidationError"


class MissingError(UserError):
    odoo_name = "odoo.exceptions.MissingError"


class AccessError(UserError):
    odoo_name = "odoo.exceptions.AccessError"


class AccessDenied(UserError):
    odoo_name = "odoo.exceptions.AccessDenied"

    def __init__(self, message: str = "Access Denied") -> None:
        super().__init__(message)


class OperationalError(OdooError):
    """PostgreSQL cannot be reached, or has no such database."""

    odoo_name = "psycopg2.OperationalError"


class DatabaseError(OdooError):
    """PostgreSQL refused a statement. `column` is the field concerned, if there is one.

    `for_client` is how Odoo words it to a caller of create or write, `for_load` how load()
    words it in its messages.
    """

    odoo_name = "psycopg2.DatabaseError"

    def __init__(self, for_client: str, for_load: str | None = None, column: str | None = None) -> None:
        super().__init__(for_client)
        self.for_client = for_client
        self.for_load = for_client if for_load is None else for_load
        self.column = column


class InvalidDatetime(OdooError):
    odoo_name = "psycopg2.errors.InvalidDatetimeFormat"


class SerializationFailure(DatabaseError):
    """Two transactions changed the same row; Odoo runs the call again, up to five times."""

    odoo_name = "psycopg2.errors.SerializationFailure"

    def __init__(self) -> None:
        super().__init__("could not serialize access due to concurrent update\n")


class UniqueViolation(DatabaseError):
    odoo_name = "psycopg2.errors.UniqueViolation"


def class_name(error: BaseException) -> str:
    """The class as JSON-RPC names it in `data.name`, such as `builtins.ValueError`."""
    name = getattr(error, "odoo_name", None)
    return str(name) if name else f"{type(error).__module__}.{type(error).__qualname__}"


def traceback_text(error: BaseException) -> str:
    """A Python traceback of the server's, whose last line names the class as Odoo's would."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    name = class_name(error).removeprefix("builtins.")
    return f"Traceback (most recent call last):\n{frames}{name}: {error}"
