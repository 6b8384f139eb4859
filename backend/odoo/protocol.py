"""What a transport has to do, whichever of Odoo's protocols it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

_LIKE_A_KEY = re.compile("[0-9a-fA-F]{40}")


def is_api_key(secret: str) -> bool:
    """Whether it looks like one: those that Odoo makes are 40 hexadecimal characters."""
    return _LIKE_A_KEY.fullmatch(secret) is not None


@dataclass(frozen=True)
class Login:
    """Who we are in which database. `secret` is a password or an API key; `is_key` where somebody
    said that it is one, or it looks like one."""

    db: str
    username: str
    secret: str = field(repr=False)
    is_key: bool = False


@dataclass(frozen=True)
class ServerVersion:
    """`text` as the server gives it ("18.0-20250421"), `major` 18, `protocol` Odoo's 1."""

    text: str
    major: int
    protocol: int


class Transport(Protocol):
    """Carries calls to one server. Every failure is an OdooError; a method of Odoo that
    returns nothing gives None."""

    name: str

    def version(self) -> ServerVersion:
        """What the server is; needs no login."""
        ...

    def authenticate(self, login: Login) -> int | None:
        """The user's id in Odoo, None where login or secret are wrong. Costs Odoo half a
        second of processor time: keep the answer."""
        ...

    def execute(self, login: Login, uid: int, model: str, method: str,
                args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Call a public method of a model; one call is one transaction."""
        ...

    def database_up(self) -> bool | None:
        """Whether Odoo reaches its PostgreSQL; None where the server does not tell."""
        ...

    def close(self) -> None: ...
