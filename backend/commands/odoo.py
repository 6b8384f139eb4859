"""`odoo …`: the bridge by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import click

from backend.attendance.time import local_text
from backend.commands.beside import tell
from backend.commands.opening import open_system, operator
from backend.commands.progress import Progress
from backend.commands.table import print_table
from backend.desks.odoo_delivery import STAYS
from backend.desks.odoo_status import sentences
from backend.jobs.bridge import next_runs
from backend.odoo.progress import listening
from backend.store.repositories.connections import DEFAULT, FIRST


@click.group(epilog="Example: python -m backend odoo pull --dry-run")
def odoo() -> None:
    """The bridge to Odoo."""


_json = click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
_of = click.option("--connection", default=DEFAULT, show_default=True, metavar="NAME",
                   help="Which database of Odoo; see: odoo connections.")


@contextmanager
def _in_sight(label: str) -> Iterator[None]:
    """Show how far the run within is: a bar on a terminal, lines of JSON elsewhere, as `beside` has them."""
    with Progress(label) as progress, listening(progress):
        yield


def _show(result: dict, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2, default=str))
    else:
        click.echo(result["message"])
        if result.get("dry_run"):
            for row in result.get("rows", ()):
                if row["error"] is None:
                    click.echo(f"  {row['action']}: {row['person_name']} ({row['person_id']}), {_span(row)}")
        for one in (result.get("photos") or {}).get("skipped", ()):
            click.echo(f"  no face of {one['name']} ({one['person_id']}): {one['reason']}")
        for kind in ("error", "warning"):
            for line in result.get(f"{kind}s", ()):
                tell(kind, line, not sys.stderr.isatty(), words="  ")
    if not result["success"]:
        raise click.exceptions.Exit(1)


@odoo.command("test", epilog="Example: python -m backend odoo test")
@_of
@_json
def test_connection(connection: str, as_json: bool) -> None:
    """Tests the saved connection."""
    _show(open_system().odoo_of(connection).test(), as_json)


@odoo.command(epilog="Example: python -m backend odoo pull --dry-run")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many employees.")
@click.option("--full", is_flag=True, help="All employees, not only those that changed; who is gone is deactivated.")
@click.option("--force", is_flag=True, help="With --full: deactivate who is gone even where they are many.")
@click.option("--with-photos", is_flag=True,
              help="Make faces of the photos of people who have none and have agreed; says who is left without.")
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@_of
@_json
def pull(limit: int | None, full: bool, force: bool, with_photos: bool, dry_run: bool, connection: str,
         as_json: bool) -> None:
    """Brings Odoo's employees here: those that changed since the last time."""
    if force and not full:
        raise click.UsageError("--force goes with --full")
    desk = open_system().odoo_of(connection)
    with _in_sight("Pulling employees"):
        result = desk.pull(limit=limit, full=full, force=force, dry_run=dry_run, with_photos=with_photos)
    _show(result, as_json)


@odoo.command(epilog="Example: python -m backend odoo send EMP042")
@click.argument("person_id")
@_json
def send(person_id: str, as_json: bool) -> None:
    """Creates a person's employee in the database that they belong to, or updates it, and links the two."""
    system = open_system()
    names = system.connections.by_id()
    home = system.people.get(person_id).connection_id or FIRST
    result = system.odoo_of(names[home]).send_person(person_id)
    _show(result, as_json)
    if not as_json:
        for note in result["notes"]:
            click.echo(f"  {note}")


@odoo.command(epilog="Example: python -m backend odoo push --start 2026-11-01 --end 2026-11-30")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day; default today.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last day, inclusive; default today.")
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@_of
@_json
def push(start: datetime | None, end: datetime | None, dry_run: bool, connection: str, as_json: bool) -> None:
    """Brings the attendance of some days to Odoo; running it twice changes nothing."""
    system = open_system()
    today = system.clock().astimezone(system.settings.site_zone).date()
    first = start.date() if start else today
    last = end.date() if end else max(first, today)
    if last < first:
        raise click.UsageError("--end lies before --start")
    desk = system.odoo_of(connection)
    with _in_sight("Pushing attendance"):
        result = desk.push(first, last, dry_run=dry_run)
    _show(result, as_json)


@odoo.command(epilog="Example: python -m backend odoo reconcile --start 2026-11-01 --end 2026-11-30 --dry-run")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day; default today less ODOO_RECONCILE_DAYS.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last day, inclusive; default today.")
@click.option("--dry-run", is_flag=True, help="Compare only; mend nothing.")
@_of
@_json
def reconcile(start: datetime | None, end: datetime | None, dry_run: bool, connection: str, as_json: bool) -> None:
    """Compares the attendance of some days with Odoo, row by row, and mends what differs."""
    system = open_system()
    today = system.clock().astimezone(system.settings.site_zone).date()
    last = end.date() if end else today
    first = start.date() if start else last - timedelta(days=system.settings.odoo_reconcile_days)
    if last < first:
        raise click.UsageError("--end lies before --start")
    desk = system.odoo_of(connection)
    with _in_sight("Comparing with Odoo"):
        result = desk.reconcile(first, last, dry_run=dry_run)
    if not as_json:
        for one in result["differences"]:
            click.echo(f"  {difference(one)}")
    _show(result, as_json)


def difference(one: dict) -> str:
    """A difference in a line: who, what, both sides, what came of it."""
    here, there = (_span(side) if side else "nothing" for side in (one["here"], one["odoo"]))
    outcome = "mended" if one["mended"] else one["error"]
    return (f"{one['person_name']} ({one['person_id'] or 'not known here'}): {one['kind'].replace('_', ' ')}; "
            f"here {here}, in Odoo {there}" + (f"; {outcome}" if outcome else ""))


def _span(times: Mapping[str, Any]) -> str:
    """From when to when, as the site's clocks show it; the day once, where it is one."""
    begin = datetime.fromisoformat(times["check_in"])
    if times["check_out"] is None:
        return f"{begin:%Y-%m-%d %H:%M} to now"
    end = datetime.fromisoformat(times["check_out"])
    return f"{begin:%Y-%m-%d %H:%M} to {end:%H:%M}" if end.date() == begin.date() else (
        f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}")


@odoo.command(epilog="Example: python -m backend odoo problems")
@_of
@_json
def problems(connection: str, as_json: bool) -> None:
    """Lists the rows that Odoo did not take, each with the reason and what helps."""
    system = open_system()
    found = system.odoo_of(connection).problems()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    if not found:
        click.echo("No row needs somebody to mend something.")
    for one in found:
        when = local_text(one["check_in"], system.settings.site_zone)
        click.echo(f"{one['attendance_id']}: {one['person_name']} ({one['person_id']}), {when[:16].replace('T', ' ')}: "
                   f"{one['error']}")
        if one["remedy"]:
            click.echo(f"    {one['remedy']}")
    deleted = [str(one["attendance_id"]) for one in found if one["code"] in STAYS]
    if len(deleted) < len(found):
        click.echo(f"Then: python -m backend odoo retry{_named(connection)}")
    if deleted:
        click.echo("To put back what HR deleted in Odoo, name it: python -m backend odoo retry"
                   f"{_named(connection)} {deleted[0]}")


def _named(connection: str) -> str:
    return "" if connection == DEFAULT else f" --connection {connection}"


@odoo.command(epilog="Example: python -m backend odoo retry 4711")
@click.argument("rows", nargs=-1, type=click.IntRange(min=1))
@_of
def retry(rows: tuple[int, ...], connection: str) -> None:
    """Lets rows that Odoo did not take try again: these, or all but those that HR deleted there.

    A row that HR deleted in Odoo is put back as a new one if it is named.
    """
    click.echo(open_system().odoo_of(connection).retry(list(rows) or None)["message"])


@odoo.command(epilog="Example: python -m backend odoo status")
@click.option("--connection", metavar="NAME", help="Only this database of Odoo; else all of them.")
@_json
def status(connection: str | None, as_json: bool) -> None:
    """Says how the bridge stands."""
    system = open_system()
    zone, now = system.settings.site_zone, system.clock()
    desks = system.odoos() if connection is None else [system.odoo_of(connection)]
    states = {desk.connection.name: desk.status() for desk in desks}
    if as_json:
        told = next(iter(states.values()))
        if len(states) > 1:
            told = told | {"connections": [{"name": name, **state} for name, state in states.items()]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2,
                              default=lambda value: local_text(value, zone)
                              if isinstance(value, datetime) else str(value)))
        return
    for name, state in states.items():
        if len(states) > 1:
            click.echo(f"{name}:")
        for line in sentences(state, zone, now, next_runs(system.settings, now)):
            click.echo(f"  {line}" if len(states) > 1 else line)


@odoo.command(epilog="Example: python -m backend odoo pause")
@_of
def pause(connection: str) -> None:
    """Stops what goes to and fro by itself; by hand it still goes."""
    open_system().odoo_of(connection).pause()
    click.echo("Paused: attendance is recorded and waits. Go on with: "
               f"python -m backend odoo resume{_named(connection)}")


@odoo.command(epilog="Example: python -m backend odoo resume")
@_of
def resume(connection: str) -> None:
    """Lets what waits go on by itself."""
    open_system().odoo_of(connection).resume()
    click.echo("The bridge goes on by itself.")


@odoo.command(epilog="Example: python -m backend odoo connections")
@_json
def connections(as_json: bool) -> None:
    """Lists the databases of Odoo that this installation speaks with.

    One more: python backend/configure_odoo.py --connection NAME. People go to another one with:
    python -m backend person move PERSON_ID NAME.
    """
    system = open_system()
    found = [{"name": desk.connection.name, **desk.config()["config"]} for desk in system.odoos()]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    print_table(("NAME", "URL", "DATABASE", "USER"), [
        (one["name"], one["url"] or "(not set)", one["db"] or "", one["username"] or "") for one in found])


@odoo.command(epilog="Example: python -m backend odoo disconnect south-plant")
@click.argument("name")
def disconnect(name: str) -> None:
    """Forgets a connection's address and secrets; what its database holds stays there."""
    open_system().connections.remove(name, by=operator())
    click.echo(f"Removed {name}.")
