"""`OdooSimulator`: start, stop, seed and look inside a simulated Odoo server."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from . import access, reference
from .accounts import ApiKey
from .automations import Automation, Post
from .costs import Costs
from .errors import SerializationFailure, UniqueViolation
from .hooks import Call, Hooks
from .records import OVERTIME_TAKEN, Database, Row
from .reference import NewEmployee
from .routes import Routes
from .server import Server
from .services import Services


class OdooSimulator:
    """A server as a context manager: `with OdooSimulator(version=18) as odoo: odoo.url …`.

    `clock` returns aware UTC and may be replaced while the server runs (`odoo.clock = …`);
    `employees` replaces the reference employees (Administrator, id 1, is always there). With
    `costs` calls take the time that they were measured to take on real servers.
    """

    def __init__(
        self,
        version: int = 18,
        *,
        db: str | None = None,
        clock: Callable[[], datetime] | None = None,
        employees: Iterable[NewEmployee] | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        costs: Costs | bool = False,
    ) -> None:
        if version not in (18, 19):
            raise ValueError(f"Odoo {version} is not simulated; 18 and 19 are")
        self.version = version
        self.db = db or f"o{version}"
        self.clock = clock or (lambda: datetime.now(UTC))
        self.services = Services(version, self.db, Database(), lambda: self.clock())
        if costs:
            self.services.costs = Costs(version) if costs is True else costs
        self._routes = Routes(self.services)
        self._port = port
        self._tls = tls
        self._server: Server | None = None
        self._held: socket.socket | None = None
        self._thread: threading.Thread | None = None
        reference.fill(self.services.database, version, self.services.now(), employees)
        self._open_accounts()

    @classmethod
    def with_people(cls, people: Iterable[Mapping[str, Any]], **options: Any) -> Self:
        """A server whose employees are `people` (entries of data/demo/people.json): the badge is
        `person_id`, and name, email, department and position are as given. `options` as above."""
        employees = [
            NewEmployee(
                name=str(one["name"]),
                barcode=str(one["person_id"]),
                work_email=str(one.get("email") or ""),
                department=str(one.get("department") or ""),
                job=str(one.get("position") or ""),
            )
            for one in people
        ]
        return cls(employees=employees, **options)

    def _open_accounts(self) -> None:
        expired = self.clock() - timedelta(days=1)
        for account in reference.accounts(self.version):
            self.services.accounts.passwords[account.id] = account.login
            self.services.accounts.keys.append(ApiKey(account.id, self.api_key(account.login), None))
        self.services.accounts.keys.append(ApiKey(2, self.expired_key, expired))

    # Running -------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self) -> None:
        """Listen; after `stop` on the same port as before, with everything still stored."""
        self._let_go()
        self._server = Server(self._routes, self._port, self._tls)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="odoo-simulator", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening: connections are refused from here on, and calls under way come to nothing."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None
            self._keep_port()
            self.services.end()

    def close(self) -> None:
        """Stop for good: the port is anybody's."""
        self.stop()
        self._let_go()

    def _keep_port(self) -> None:
        """Nobody else shall be given the port until `start`; bound and not listening, it refuses."""
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", self._port))

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    # What a client is told -----------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    username = "bridge"
    password = "bridge"

    def api_key(self, login: str = "bridge") -> str:
        """That user's API key: 40 hexadecimal characters, the same in every run."""
        return hashlib.sha1(f"api key of {login}".encode()).hexdigest()

    @property
    def expired_key(self) -> str:
        """A key of admin's that has run out."""
        return self.api_key("admin, expired")

    def issue_key(self, login: str, expires: datetime | None) -> str:
        """Give that user another key, good until `expires` (aware) by the server's clock."""
        secret = hashlib.sha1(f"{login} key {len(self.services.accounts.keys)}".encode()).hexdigest()
        self.services.accounts.keys.append(ApiKey(self.uid(login), secret, expires))
        return secret

    def withdraw_key(self, secret: str) -> None:
        """Delete an API key, as its owner would; nothing remembers it afterwards."""
        accounts = self.services.accounts
        accounts.keys = [key for key in accounts.keys if key.secret != secret]
        accounts.forget()

    def set_password(self, login: str, password: str) -> None:
        self.services.accounts.passwords[self.uid(login)] = password
        self.services.accounts.forget()

    def uid(self, login: str = "bridge") -> int:
        return next(account.id for account in reference.accounts(self.version) if account.login == login)

    # What a test looks at and changes ------------------------------------------------------

    @property
    def hooks(self) -> Hooks:
        return self.services.hooks

    @property
    def calls(self) -> list[Call]:
        """Every call so far, in order of arrival."""
        return self.services.calls

    @property
    def database_up(self) -> bool:
        """Set it to False for a server whose PostgreSQL is down."""
        return self.services.database_up

    @database_up.setter
    def database_up(self, up: bool) -> None:
        self.services.database_up = up

    def rows(self, model: str) -> list[Row]:
        """The committed rows of a model, as copies, by id; datetimes are naive UTC."""
        database = self.services.database
        with database.lock:
            return [dict(row) for _, row in sorted(database.tables[model].items())]

    def attendances(self) -> list[dict[str, Any]]:
        """The attendance rows by id: id, employee_id, employee, barcode, check_in and check_out
        (aware UTC, None while open), in_mode, out_mode, xml_id, write_date."""
        people = {row["id"]: row for row in self.rows("hr.employee")}
        names = {row["res_id"]: row["xmlid"] for row in self.rows("ir.model.data") if row["model"] == "hr.attendance"}
        return [
            {
                "id": row["id"],
                "employee_id": row["employee_id"],
                "employee": people[row["employee_id"]]["name"],
                "barcode": people[row["employee_id"]]["barcode"],
                "check_in": _aware(row["check_in"]),
                "check_out": _aware(row["check_out"]),
                "in_mode": row["in_mode"],
                "out_mode": row["out_mode"],
                "xml_id": names.get(row["id"]),
                "write_date": _aware(row["write_date"]),
            }
            for row in self.rows("hr.attendance")
        ]

    def add_employee(self, employee: NewEmployee) -> int:
        """Store an employee as an administrator would; returns the id."""
        return reference.add_employee(self.services.database, self.services.now(), employee)

    def change(self, model: str, key: int, bump: bool = True, **values: Any) -> None:
        """Set stored columns by hand, as somebody at Odoo's screens would; `bump` moves write_date."""
        database = self.services.database
        with database.lock:
            stamp = {"write_date": self.services.now()} if bump else {}
            database.tables[model][key] = {**database.tables[model][key], **values, **stamp}

    def revoke(self, login: str = "bridge", groups: Iterable[str] | None = None) -> None:
        """Take rights away: those of HR and attendances, or the groups named. `restore` gives them back."""
        lost = frozenset(access.WORKING if groups is None else groups)
        user = self.services.database.tables["res.users"][self.uid(login)]
        self.change("res.users", user["id"], groups=user["groups"] - lost)

    def restore(self, login: str = "bridge") -> None:
        """Give a user the rights of the beginning."""
        account = next(one for one in reference.accounts(self.version) if one.login == login)
        self.change("res.users", account.id, groups=account.groups)

    def lose_races(self, calls: int = 1, methods: Sequence[str] = ("load",), overtime: bool = False) -> None:
        """Let the next `calls` calls of these methods lose against another transaction, at each of Odoo's tries.

        `overtime` lets them fail as 18 does where two punches of one person and day meet.
        """
        losing: list[int] = []

        def lose(called: Call) -> None:
            if called.wire == "none" or called.model_method not in methods:
                return
            if called.number not in losing:
                if len(losing) >= calls:
                    return
                losing.append(called.number)
            raise UniqueViolation(OVERTIME_TAKEN) if overtime else SerializationFailure()

        self.hooks.before_commit.append(lose)

    def set_photo(self, employee: int, picture: bytes | None) -> None:
        """Give an employee a picture (the bytes of a PNG or JPEG file), or none."""
        self.change("hr.employee", employee, image_1920=base64.b64encode(picture).decode() if picture else None)

    def automate(
        self,
        url: str,
        model: str = "hr.employee",
        trigger_fields: Sequence[str] = (),
        on_unlink: bool = False,
        fields: Sequence[str] | None = None,
    ) -> Automation:
        """Post each record of `model` that is saved (with `on_unlink`: deleted instead) to `url`.

        With `trigger_fields` only where one of them changes. What `change` does sets nothing off.
        """
        return self.services.automations.add(self.services.registry[model], url, trigger_fields, on_unlink, fields)

    @property
    def posts(self) -> list[Post]:
        """What the automations have posted, in order."""
        return self.services.automations.posts

    def run_as(self, login: str, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method as that user without going over the wire."""
        called = Call(
            0, self.clock(), "object", "execute_kw", model, method, list(args), kwargs, self.uid(login), "none"
        )
        context = kwargs.pop("context", {})
        return self.services.run(called, self.uid(login), context, list(args), kwargs)


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
