"""Automation rules that post a record to a webhook when it is saved or deleted.

18 posts within the transaction: the receiver who reads the record back still sees the old
values, and a rollback leaves a phantom. 19 posts after the commit. Neither signs, numbers or
repeats a post, and neither waits longer than a second; a failure is no trouble to the user.
Rules without trigger fields go off for each of Odoo's own inner writes, too.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .errors import ValidationError

if TYPE_CHECKING:
    from .model import Model
    from .records import Row

TIMEOUT = 1.0
FIRST_ACTION = 345
HEADERS = {
    "User-Agent": "python-requests/2.31.0",
    "Accept-Encoding": "gzip, deflate",
    "Accept": "*/*",
    "Connection": "keep-alive",
    "Content-Type": "application/json",
}
PAYLOADS = {
    "hr.employee": ("active", "company_id", "department_id", "job_title", "name", "tz", "work_email", "work_phone",
                    "write_date"),
    "hr.attendance": ("check_in", "check_out", "employee_id", "write_date"),
}  # fmt: skip
# How often a rule goes off when an employee is made: without and with trigger fields.
POSTS_ON_CREATE = {False: 15, True: 2}
# A new last attendance is written to the employee in this many steps.
POSTS_ON_ATTENDANCE = 3


@dataclass(frozen=True)
class Automation:
    """A rule: which changes of which model go to `url`, with which fields of the record."""

    number: int
    url: str
    model: str
    trigger_fields: tuple[str, ...]
    on_unlink: bool
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Post:
    """A post that was made: `status` of the answer, or None where none came within the second."""

    url: str
    payload: dict[str, Any]
    status: int | None


class Automations:
    """All rules of one server, and what they have posted."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.rules: list[Automation] = []
        self.posts: list[Post] = []

    def add(
        self, model: type[Model], url: str, trigger_fields: Sequence[str], on_unlink: bool, fields: Sequence[str] | None
    ) -> Automation:
        """Make a rule; 18 refuses fields that only some users may see."""
        names = tuple(PAYLOADS.get(model.name, ("write_date",)) if fields is None else fields)
        known = {one.name: one for one in model.field_list(self.version)}
        unknown = [name for name in (*trigger_fields, *names) if name not in known]
        if unknown:
            raise ValueError(f"Invalid field {unknown[0]!r} on {model.name!r}")
        hidden = [name for name in names if known[name].groups]
        if hidden and self.version == 18:
            raise ValidationError(
                f"Group-restricted fields cannot be included in webhook payloads: {', '.join(hidden)}"
            )
        number = FIRST_ACTION + len(self.rules)
        rule = Automation(number, url, model.name, tuple(trigger_fields), on_unlink, names)
        self.rules.append(rule)
        return rule

    def created(self, model: Model, rows: list[Row]) -> None:
        for rule in self._rules(model):
            times = POSTS_ON_CREATE[bool(rule.trigger_fields)] if model.name == "hr.employee" else 1
            for row in rows:
                self._fire(rule, model, row, times)

    def written(self, model: Model, before: list[Row], after: list[Row]) -> None:
        for rule in self._rules(model):
            for old, new in zip(before, after, strict=True):
                if not rule.trigger_fields or _differ(model, old, new, rule.trigger_fields):
                    self._fire(rule, model, new)

    def deleted(self, model: Model, rows: list[Row]) -> None:
        for rule in self._rules(model, on_unlink=True):
            for row in rows:
                self._fire(rule, model, row)

    def attended(self, employees: Model, row: Row) -> None:
        """An employee's last attendance became another."""
        for rule in self._rules(employees):
            if not rule.trigger_fields:
                self._fire(rule, employees, row, POSTS_ON_ATTENDANCE)

    def _rules(self, model: Model, on_unlink: bool = False) -> list[Automation]:
        return [rule for rule in self.rules if rule.model == model.name and rule.on_unlink == on_unlink]

    def _fire(self, rule: Automation, model: Model, row: Row, times: int = 1) -> None:
        payload = _payload(rule, model, row)

        def post() -> None:
            for _ in range(times):
                self.posts.append(Post(rule.url, payload, _send(rule.url, payload)))

        if self.version == 18:
            post()
        else:
            model.env.transaction.after_commit(post)


def _differ(model: Model, old: Row, new: Row, names: Sequence[str]) -> bool:
    return any(model.raw(old, model.fields[name]) != model.raw(new, model.fields[name]) for name in names)


def _payload(rule: Automation, model: Model, row: Row) -> dict[str, Any]:
    """The body of a post: bare ids, False for empty, and times to the microsecond."""
    values = {name: model.raw(row, model.fields[name]) for name in rule.fields}
    return {
        "_action": f"Send Webhook Notification(#{rule.number})",
        "_id": row["id"],
        "_model": model.name,
        "id": row["id"],
        **{name: _plain(value, model.fields[name].empty) for name, value in values.items()},
    }


def _plain(value: Any, empty: Any) -> Any:
    if value is None:
        return empty
    return str(value) if isinstance(value, datetime) else value


def _send(url: str, payload: dict[str, Any]) -> int | None:
    address = urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.netloc, timeout=TIMEOUT)
    path = address.path + (f"?{address.query}" if address.query else "")
    try:
        connection.request("POST", path or "/", json.dumps(payload, sort_keys=True).encode(), HEADERS)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
