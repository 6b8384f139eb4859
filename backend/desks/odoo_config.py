"""Which Odoo is meant: saved values, the environment over them, credentials for once over both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backend.config import PROJECT_ROOT, Settings
from backend.errors import BadInput
from backend.odoo.address import host_of, normalise
from backend.odoo.transports import is_api_key
from backend.store.records import OdooConnection
from backend.store.repositories.connections import FIRST

COMPANIES = "companies"
"""Where a connection's companies are kept, in its state."""
MASK = "***********"
"""Stands for a password in answers."""
WITHHELD = ("Odoo is not configured: ODOO_URL names another server than the one that the saved password belongs to. "
            "Give ODOO_PASSWORD or ODOO_API_KEY, too, or save address and password with "
            "`python backend/configure_odoo.py`.")
"""What to do where `Config.withheld`."""


@dataclass(frozen=True)
class Config:
    """Everything that leads to one database of Odoo; None where it is not known."""

    url: str | None
    db: str | None
    username: str | None
    password: str | None = field(repr=False)
    transport: str
    companies: tuple[int, ...] = ()
    is_key: bool = False
    """Whether `password` was given as an API key. What looks like one is one all the same."""
    withheld: bool = False
    """A password is saved, but for another host than the settings name; `password` is None."""

    @property
    def complete(self) -> bool:
        return bool(self.url and self.db and self.username and self.password)

    @property
    def secret_kind(self) -> str:
        """password or api_key. JSON-2 takes keys alone, so that what was tried with it is one."""
        known = self.is_key or self.transport == "json2"
        return "api_key" if self.password and (known or is_api_key(self.password)) else "password"

    def arguments(self, settings: Settings) -> dict[str, Any]:
        """The keyword arguments of OdooConnector."""
        ca_file = settings.odoo_ca_file
        return {"url": self.url, "db": self.db, "username": self.username, "password": self.password,
                "transport": self.transport,
                "connect_timeout": settings.odoo_connect_timeout.total_seconds(),
                "read_timeout": settings.odoo_read_timeout.total_seconds(),
                "ca_file": None if ca_file is None else str(PROJECT_ROOT / ca_file),
                "verify_tls": settings.odoo_verify_tls, "batch": settings.odoo_batch,
                "page": settings.odoo_page, "max_answer": settings.odoo_max_answer,
                "calls_per_second": settings.odoo_calls_per_second, "retries": settings.odoo_retries,
                "companies": self.companies, "is_key": self.is_key, "pace_folder": str(settings.data_path)}


def saved_over(settings: Settings, saved: OdooConnection, *, environment: bool = True) -> Config:
    """What is saved, with what the settings name in its place; without `environment` only what
    is saved. The settings are about the first connection alone: no other one gets its secret, and
    the numbers of companies are those of its database. The saved password is not for another
    host that they name."""
    companies = tuple(saved.state.get(COMPANIES, ()))
    if saved.id != FIRST:
        return Config(saved.url, saved.db, saved.username, saved.secret, saved.transport or "auto", companies,
                      is_key=saved.secret_kind == "api_key")
    given = {"url": settings.odoo_url, "db": settings.odoo_db, "username": settings.odoo_username,
             "password": settings.odoo_api_key or settings.odoo_password,
             "transport": settings.odoo_transport} if environment else {}
    url, password = given.get("url") or saved.url, given.get("password")
    withheld = not password and _lures(saved.url, saved.secret, url)
    return Config(url, given.get("db") or saved.db, given.get("username") or saved.username,
                  password or (None if withheld else saved.secret),
                  given.get("transport") or saved.transport or "auto",
                  (tuple(settings.odoo_companies) if environment else ()) or companies,
                  is_key=bool(settings.odoo_api_key) if password else saved.secret_kind == "api_key",
                  withheld=withheld)


def merge(known: Config, given: Mapping[str, Any]) -> Config:
    """`known` with what is given. No password, or one of asterisks, is the known one, but only
    for the host that it is known for: it must not be lured to another server."""
    values: dict[str, Any] = {name: str(value).strip() for name, value in given.items()
              if name in ("url", "db", "username", "transport") and value}
    if "url" in values:
        values["url"] = normalise(values["url"])
    if given.get("companies") is not None:
        values["companies"] = _companies(given["companies"])
    password = given.get("password") or given.get("api_key")
    if password and set(password) != {"*"}:
        # A key pasted with the line's end is the key; a password may end in a blank.
        is_key = not given.get("password")
        values["password"] = password.strip() if is_key or is_api_key(password.strip()) else password
        return replace(known, **values, is_key=is_key, withheld=False)
    if "url" in values and _lures(known.url, known.password, values["url"]):
        raise BadInput("Give the password, too: the one that is saved belongs to another server.",
                       code="odoo_password_needed")
    return replace(known, **values)


def _lures(known: str | None, password: str | None, url: str | None) -> bool:
    """Whether `url` would take the password that is known for `known` to another host."""
    return bool(password and known) and host_of(url) != host_of(known)


def _companies(given: Any) -> tuple[int, ...]:
    if not isinstance(given, list | tuple) or not all(type(one) is int and one > 0 for one in given):
        raise BadInput("companies are the numbers that Odoo has for them, such as 1 and 3; none means all.",
                       code="bad_companies")
    return tuple(sorted(set(given)))
