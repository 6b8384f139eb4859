#!/usr/bin/env python3
"""Sets up the connection with Odoo: by question and answer, or with flags from a script.

Runs as `python backend/configure_odoo.py` from any folder. Nothing is saved before it has been
tried: login, access to employees, access to attendance. Passwords are read hidden or from
standard input, never from the command line, where other users could see them.
"""

from __future__ import annotations

import sys
import traceback
from datetime import date, datetime
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    # Run as a script: the package is found from the root, and not this folder's modules.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import click

from backend.attendance.time import parse_day
from backend.attendance_system import AttendanceSystem
from backend.config.parsing import integers
from backend.desks.connection import ConnectionNotFound
from backend.desks.connections import NewConnection
from backend.desks.odoo_connecting import Connecting, checked_key_end
from backend.errors import FaceAttendanceError
from backend.odoo.transports import is_api_key
from backend.store.repositories.connections import DEFAULT

Desk = Connecting | NewConnection
TRANSPORTS = ("auto", "xmlrpc", "jsonrpc", "json2")


def read_companies(text: str) -> tuple[int, ...]:
    """The ids of companies in a flag; none for "all"."""
    return () if text.strip().lower() == "all" else integers(text)


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, epilog="""\b
Examples:
  python backend/configure_odoo.py
  python backend/configure_odoo.py --test
  python backend/configure_odoo.py --url https://odoo.example.com --db company \\
      --username bridge@example.com --password-stdin < key.txt""")
@click.option("--test", "only_test", is_flag=True, help="Test the saved configuration and change nothing.")
@click.option("--url", metavar="URL", help="Odoo's address, such as https://odoo.example.com")
@click.option("--db", metavar="NAME", help="Odoo's database.")
@click.option("--username", metavar="LOGIN", help="The bridge user's login.")
@click.option("--password-stdin", is_flag=True, help="Read the password or API key from standard input.")
@click.option("--transport", type=click.Choice(TRANSPORTS), help="Protocol; auto asks the server.")
@click.option("--key-expires", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]),
              help="Last day of the API key, YYYY-MM-DD, so that you are warned ahead.")
@click.option("--companies", metavar="IDS", type=read_companies,
              help="Odoo's ids of the companies that this is about, such as 1,3; all: all that the user sees.")
@click.option("--connection", default=DEFAULT, metavar="NAME",
              help="Which of several databases of Odoo; a new name adds one.")
@click.option("--debug", is_flag=True, help="Show the stack trace of a failure.")
def configure(only_test: bool, url: str | None, db: str | None, username: str | None,
              password_stdin: bool, transport: str | None, key_expires: datetime | None,
              companies: tuple[int, ...] | None, connection: str, debug: bool) -> None:
    """Connects Face Attendance with Odoo: asks, tests, saves.

    With --url, --db, --username and --password-stdin it asks nothing. What is not given there
    stays as it was saved.
    """
    given = {"url": url, "db": db, "username": username, "transport": transport}
    if only_test and (password_stdin or key_expires or companies is not None or any(given.values())):
        raise click.UsageError("--test tests what is saved; give it alone")
    system = AttendanceSystem()
    last_day = checked_key_end(system.parts, key_expires.date() if key_expires else None)
    desk = desk_of(system, connection, only_test)
    if only_test:
        test_saved(desk)
    elif password_stdin or last_day or companies is not None or any(given.values()):
        save_given(system, desk, given | {"companies": companies}, read_password() if password_stdin else None,
                   last_day)
    else:
        ask(system, desk)


def desk_of(system: AttendanceSystem, name: str, must_exist: bool) -> Desk:
    """The desk of a connection; for a new name one that adds it when it is saved."""
    try:
        return system.odoo_of(name)
    except ConnectionNotFound:
        if must_exist:
            raise
        return NewConnection(system.parts, name, by="configure_odoo.py")


def test_saved(desk: Desk) -> None:
    """Show what is configured and try it."""
    config = desk.config()["config"]
    for label, name in (("URL", "url"), ("Database", "db"), ("Username", "username")):
        click.echo(f"{label}: {config[name] or '(not set)'}")
    show(desk.test())
    if config.get("key_warning"):
        click.echo(f"Note: {config['key_warning']}")


def save_given(system: AttendanceSystem, desk: Desk, given: dict[str, Any], password: str | None,
               key_expires: date | None = None) -> None:
    """Try the values of the flags, then save them."""
    values = {name: value for name, value in {**given, "password": password}.items()
              if value or (name == "companies" and value is not None)}
    show(desk.test(values))
    save(system, desk, values, key_expires)


def ask(system: AttendanceSystem, desk: Desk) -> None:
    """Ask for each value, offering what is saved, until it works or is given up."""
    known: dict[str, Any] = desk.config()["config"]
    click.echo("Connect Face Attendance with Odoo. What stands in [brackets] is kept with Enter.\n")
    while True:
        values = {
            "url": click.prompt("Odoo's address", default=known["url"], type=str),
            "db": click.prompt("Database", default=known["db"], type=str),
            "username": click.prompt("Username", default=known["username"], type=str)}
        kept = bool(known["password"])
        password = click.prompt("Password or API key (hidden)" + (" [keep]" if kept else ""), type=str,
                                hide_input=True, default="" if kept else None, show_default=False)
        if password:
            values["password"] = password
        click.echo("\nTesting…")
        try:
            show(desk.test(values))
        except FaceAttendanceError as error:
            click.echo(f"✗ {error}", err=True)
            if not click.confirm("Try other values?", default=True):
                raise
            known = known | {name: values[name] for name in ("url", "db", "username")}
            continue
        save(system, desk, values, ask_for_end(system) if is_key(known, password) else None)
        return


def is_key(known: dict[str, Any], password: str) -> bool:
    """Whether an API key was given: JSON-2 takes nothing else."""
    return bool(password) and (is_api_key(password) or known["transport"] == "json2")


def ask_for_end(system: AttendanceSystem) -> date | None:
    """The last day of an API key, which only its maker knows; None where the question is left out."""
    while True:
        told = click.prompt("The key's last day, YYYY-MM-DD, as Odoo showed it (Enter: not known)",
                            default="", show_default=False, type=str).strip()
        if not told:
            return None
        try:
            return checked_key_end(system.parts, parse_day(told, "the last day"))
        except FaceAttendanceError as error:
            click.echo(f"✗ {error}", err=True)


def show(result: dict[str, Any]) -> None:
    """What a successful test told. Employees and attendance were part of it."""
    click.echo("✓ Connection successful!")
    click.echo(f"Server version: {result['server_version']}")
    click.echo(f"Protocol version: {result['protocol_version']}")
    click.echo(f"Transport: {result['transport']}")
    click.echo("Access: employees can be read, attendance can be written")


def save(system: AttendanceSystem, desk: Desk, values: dict[str, Any], key_expires: date | None = None) -> None:
    shown, settings = desk.save_config(**values, key_expires=key_expires)["config"], system.settings
    click.echo("Saved.")
    if not (isinstance(desk, Connecting) and desk.connection.is_first):
        return
    for name, variable in (("url", settings.odoo_url), ("db", settings.odoo_db),
                           ("username", settings.odoo_username)):
        if variable is not None and shown[name] != values.get(name, shown[name]):
            click.echo(f"Note: ODOO_{name.upper()} is set in the settings and beats what was saved.")


def read_password() -> str:
    """The first line of standard input."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("--password-stdin found nothing on standard input")
    return password


def main(argv: list[str] | None = None) -> int:
    """0 done, 1 failed with one line, 2 wrong usage."""
    arguments = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks ✓ must not stop us
    try:
        configure.main(args=arguments, prog_name="configure_odoo.py", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped; nothing was saved.", err=True)
        return 1
    except FaceAttendanceError as error:
        if "--debug" in arguments:
            traceback.print_exc()
        click.echo(f"✗ {error}", err=True)
        return 1
    except Exception as error:
        if "--debug" in arguments:
            traceback.print_exc()
        click.echo(f"✗ {type(error).__name__}: {error} (run with --debug to see where)", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
