"""One row of the settings table, carried in a dataclass field's metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """What a person needs to know of a setting.

    `minimum` and `maximum` are inclusive and of the setting's own type; `prefixed` is False
    for the names that the wider world knows without FACE_ATTENDANCE_ (Odoo's); `nullable`
    settings may be unset, and an empty value unsets them.
    """

    name: str
    default: Any
    parse: Callable[[object], Any]
    help: str
    example: str
    minimum: Any = None
    maximum: Any = None
    secret: bool = False
    prefixed: bool = True

    @property
    def nullable(self) -> bool:
        return self.default is None

    @property
    def variable(self) -> str:
        """The environment variable's name."""
        return f"FACE_ATTENDANCE_{self.name}" if self.prefixed else self.name


def setting(default: Any, parse: Callable[[object], Any], help: str, example: str,
            **more: Any) -> Any:
    """A dataclass field that is also a row; its name becomes the setting's, in capitals."""
    def make(name: str) -> Row:
        return Row(name=name.upper(), default=default, parse=parse, help=help,
                   example=example, **more)

    return field(default=default, metadata={"row": make}, repr=not more.get("secret", False))
