"""`key …` and `admin …`: who may call and who may log in."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from backend.commands.opening import open_system
from backend.commands.table import print_table
from backend.desks.scopes import SCOPES


@click.group(epilog="Example: python -m backend key create payroll --scope attendance:read")
def key() -> None:
    """API keys."""


@key.command(epilog="Example: python -m backend key create payroll --scope attendance:read --scope sync:write")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), metavar="SCOPE",
              help=f"May be given several times; default *. One of {', '.join(SCOPES)}.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="Day on which it ends, in the site's zone.")
def create(name: str, scopes: tuple[str, ...], expires: datetime | None) -> None:
    """Makes a key and shows it once."""
    system = open_system()
    until = expires.replace(tzinfo=system.settings.site_zone) if expires else None
    made, plain = system.access.create_key(name, scopes or ("*",), until)
    click.echo(f"Key {made.id} for {made.name}, scopes {' '.join(made.scopes)}. "
               "It is shown only now; keep it safe:", err=True)
    click.echo(plain)


@key.command("list", epilog="Example: python -m backend key list")
def list_keys() -> None:
    """Lists keys, never their secret."""
    system = open_system()
    zone = system.settings.site_zone

    def day(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else "-"

    print_table(("ID", "NAME", "SCOPES", "EXPIRES", "LAST USE", "STATE"),
                [(str(one.id), one.name, " ".join(one.scopes), day(one.expires_at), day(one.last_used_at),
                  "revoked" if one.revoked_at else "in force") for one in system.access.list_keys()])


@key.command(epilog="Example: python -m backend key revoke 3")
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Ends a key at once."""
    open_system().access.revoke_key(key_id)
    click.echo(f"Revoked key {key_id}")


@click.group(epilog="Example: python -m backend admin create olga --role hr")
def admin() -> None:
    """Page users."""


_from_stdin = click.option("--password-stdin", is_flag=True,
                           help="Read the password from standard input; otherwise it is asked for, hidden.")


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


@admin.command("create", epilog="Example: python -m backend admin create olga --role hr")
@click.argument("username")
@click.option("--role", type=click.Choice(["admin", "hr", "viewer", "kiosk"]), default="admin", show_default=True)
@_from_stdin
def create_user(username: str, role: str, password_stdin: bool) -> None:
    """Makes a page user."""
    open_system().access.create_user(username, _ask_password(password_stdin), role)
    click.echo(f"{username} can log in as {role}")


@admin.command(epilog="Example: python -m backend admin password olga")
@click.argument("username")
@_from_stdin
def password(username: str, password_stdin: bool) -> None:
    """Gives a page user a new password."""
    open_system().access.set_password(username, _ask_password(password_stdin))
    click.echo(f"{username} has a new password")
