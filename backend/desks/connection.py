"""Which database of Odoo a desk is for. One installation may speak with several, each under a name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backend.errors import BadInput, NotFound
from backend.store.repositories.connections import DEFAULT, FIRST
from backend.store.unit import Unit

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?", re.ASCII)


class ConnectionNotFound(NotFound):
    code = "connection_not_found"


@dataclass(frozen=True)
class Connection:
    """A connection by its number in the store, and its name."""

    id: int
    name: str

    @property
    def is_first(self) -> bool:
        """Whether the settings ODOO_* are about this one."""
        return self.id == FIRST

    def say(self, text: str) -> str:
        """`text` for the log, with the name in front where it is not the first connection's."""
        return text if self.is_first else f"{self.name}: {text}"


THE_FIRST = Connection(FIRST, DEFAULT)
"""The connection that there always is."""


def find_connection(unit: Unit, name: str) -> Connection:
    """Raises 404 connection_not_found, with the names that there are."""
    number = unit.connections.find(name) if isinstance(name, str) else None
    if number is None:
        there = ", ".join(unit.connections.names().values())
        raise ConnectionNotFound(f"There is no connection called {str(name)[:64]}; there are: {there}.")
    return Connection(number, unit.connections.names()[number])


def checked_name(name: str) -> str:
    """Raises 422 bad_connection_name."""
    if not isinstance(name, str) or not _NAME.fullmatch(name.strip()):
        raise BadInput("A connection's name is 1 to 32 letters, digits and hyphens, such as south-plant.",
                       code="bad_connection_name")
    return name.strip()
