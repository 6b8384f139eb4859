"""The Odoo at the far end: simulated, where the server itself may have trouble, or a real one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from backend.odoo_simulator import OdooSimulator
from backend.odoo_simulator.reference import NewEmployee

PREFIX = "__face_attendance__.session_"


@dataclass(frozen=True)
class Row:
    """A row of hr.attendance; `session` is the uuid in its external id, None where it is not ours."""

    odoo_id: int
    employee_id: int
    check_in: datetime
    check_out: datetime | None
    session: str | None

    @property
    def span(self) -> str:
        end = f"{self.check_out:%m-%d %H:%M:%S}" if self.check_out else "open"
        return f"#{self.odoo_id} of employee {self.employee_id}, {self.check_in:%m-%d %H:%M:%S} to {end}"


class Target(Protocol):
    """`employees` maps badges to Odoo's ids; only their rows are looked at. `ahead` is how far
    the bridge's clock is put forward from the beginning."""

    employees: dict[str, int]
    ahead: timedelta

    def credentials(self, url: str) -> dict[str, str]:
        """What the bridge is configured with; `url` leads through the proxy."""
        ...

    @property
    def url(self) -> str: ...

    def rows(self) -> list[Row]:
        """Everything that Odoo holds of these employees."""
        ...

    def strays(self) -> list[str]:
        """What was done to rows of anybody else, in words."""
        ...

    def close(self) -> None: ...


class Simulated:
    """A simulated server with that many employees of its own."""

    ahead = timedelta()

    def __init__(self, people: int, version: int, transport: str, letter: str = "P") -> None:
        """Badges begin with `letter`."""
        self.transport = transport
        self.server = OdooSimulator(version=version, employees=[
            NewEmployee(f"Person {number}", barcode=f"{letter}{number:04}") for number in range(1, people + 1)])
        self.server.start()
        self.employees = {row["barcode"]: row["id"] for row in self.server.rows("hr.employee") if row["barcode"]}

    @property
    def url(self) -> str:
        return self.server.url

    def credentials(self, url: str) -> dict[str, str]:
        server = self.server
        secret = server.api_key() if self.transport == "json2" else server.password
        return {"url": url, "db": server.db, "username": server.username, "password": secret,
                "transport": self.transport}

    def rows(self) -> list[Row]:
        return [Row(row["id"], row["employee_id"], row["check_in"], row["check_out"],
                    row["xml_id"].removeprefix(PREFIX) if row["xml_id"] else None)
                for row in self.server.attendances()]

    def strays(self) -> list[str]:
        return []  # all employees are the test's own

    def close(self) -> None:
        self.server.close()
