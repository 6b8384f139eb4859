"""A real Odoo at the far end, as the user with the least rights that the bridge needs.

It gets employees of its own for the time of the test, or uses the badges given; what it made
it takes away again, and it looks whether anything else was touched. The contacts that Odoo makes
of its employees stay, for such a user may not delete them: use a database for tests.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from backend.odoo.client import OdooClient
from backend.odoo.errors import OdooError
from backend.odoo.times import from_odoo
from backend.odoo_connector import OdooConnector
from tests.faults.targets import PREFIX, Row

MODEL = "hr.attendance"
MOST_OTHERS = 20_000
_SOME = 200
IN_THE_PAST = timedelta(days=3650)
"""Given badges are of people with attendance of their own: the test's lies ten years back."""


class Real:
    """The Odoo at `url`; `made` are the employees that this run created."""

    ahead = timedelta()

    def __init__(self, url: str, db: str, username: str, password: str, transport: str, *,
                 people: int, badges: Sequence[str] = ()) -> None:
        self.url = url
        self._given = {"db": db, "username": username, "password": password, "transport": transport}
        self._connector = OdooConnector(url, db, username, password, transport, read_timeout=120.0)
        self._client: OdooClient = self._connector.client
        self.made: list[int] = []
        self._theirs: dict[int, Row] = {}
        self._known = False
        try:
            if badges:
                self.ahead = -IN_THE_PAST
                self.employees = self._find(badges)
            else:
                self.employees = self._create(people)
            self._before = self._others()
            self._theirs = {row.odoo_id: row for row in self._read(self.employees.values())}
            self._known = True
        except BaseException:
            self.close()
            raise

    def credentials(self, url: str) -> dict[str, str]:
        return {"url": url, **self._given}

    def rows(self) -> list[Row]:
        """Rows of the test's employees, without those that they had before; of given badges only
        what lies in the test's own time, for their people go on working."""
        until = datetime.now(UTC) + self.ahead / 2 + timedelta(days=1)
        return [row for row in self._read(self.employees.values())
                if row.odoo_id not in self._theirs and row.check_in < until]

    def strays(self) -> list[str]:
        """What was done to rows that are none of our business."""
        found = []
        theirs = {row.odoo_id: row for row in self._read(self.employees.values()) if row.odoo_id in self._theirs}
        found += [f"an earlier row was touched: {row.span}" for odoo_id, row in self._theirs.items()
                  if theirs.get(odoo_id) != row]
        now = self._others()
        uid = self._client.uid()
        for odoo_id, row in now.items():
            if row != self._before.get(odoo_id) and row["write_uid"] and row["write_uid"][0] == uid:
                found.append(f"a row of somebody else was written by us: {row}")
        oldest = min(now, default=0)
        found += [f"a row of somebody else is gone: {row}" for odoo_id, row in self._before.items()
                  if odoo_id not in now and odoo_id >= oldest]
        return found

    def close(self) -> None:
        """Take away what the test made: its rows, then its employees. Their contacts stay."""
        try:
            known = self.made or self._known  # else nobody could tell the test's rows from theirs
            rows = [row.odoo_id for row in self.rows() if self.made or row.session] if known else []
            for start in range(0, len(rows), _SOME):
                self._client.execute(MODEL, "unlink", rows[start:start + _SOME])
            if self.made:
                try:
                    self._client.execute("hr.employee", "unlink", self.made)
                except OdooError as error:
                    self._client.execute("hr.employee", "write", self.made, {"active": False, "barcode": False})
                    print(f"The employees {self.made[0]} to {self.made[-1]} could not be deleted and were "
                          f"archived: {error}")
        finally:
            self._connector.close()

    # Inside --------------------------------------------------------------------------------

    def _create(self, people: int) -> dict[str, int]:
        mark = f"{int(time.time()) % 10**8:08}"
        badges = [f"FAULT{mark}{number:04}" for number in range(1, people + 1)]
        ids = self._client.execute("hr.employee", "create", [
            {"name": f"Fault Test {badge[-4:]}", "barcode": badge} for badge in badges])
        self.made = list(ids)
        return dict(zip(badges, ids, strict=True))

    def _find(self, badges: Sequence[str]) -> dict[str, int]:
        rows = self._client.execute("hr.employee", "search_read", [["barcode", "in", list(badges)]],
                                    fields=["barcode"])
        found = {row["barcode"]: row["id"] for row in rows}
        missing = [badge for badge in badges if badge not in found]
        if missing:
            raise SystemExit(f"Odoo has no employees with the badges {', '.join(missing)}")
        return found

    def _read(self, employees: Any) -> list[Row]:
        found = self._pages([["employee_id", "in", list(employees)]], ["employee_id", "check_in", "check_out"])
        names: dict[int, str] = {}
        ids = [row["id"] for row in found]
        for start in range(0, len(ids), _SOME):
            for told in self._client.execute(MODEL, "get_metadata", ids[start:start + _SOME]):
                names[told["id"]] = told.get("xmlid") or ""
        return [Row(row["id"], row["employee_id"][0], from_odoo(row["check_in"]), from_odoo(row["check_out"]),
                    names[row["id"]].removeprefix(PREFIX) if names.get(row["id"], "").startswith(PREFIX) else None)
                for row in found]

    def _others(self) -> dict[int, dict[str, Any]]:
        rows = self._pages([["employee_id", "not in", list(self.employees.values())]],
                           ["employee_id", "check_in", "check_out", "write_uid", "write_date"])
        return {row["id"]: row for row in rows}

    def _pages(self, domain: list[Any], fields: list[str]) -> list[dict[str, Any]]:
        """The newest rows, at most MOST_OTHERS of them."""
        found: list[dict[str, Any]] = []
        last = 0
        while len(found) < MOST_OTHERS:
            older = [["id", "<", last]] if last else []
            rows = self._client.execute(MODEL, "search_read", [*domain, *older], fields=fields, limit=1000,
                                        order="id desc")
            found += rows
            if len(rows) < 1000:
                break
            last = rows[-1]["id"]
        return found
