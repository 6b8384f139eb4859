"""`person …`: list, add, import, export and erase people."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TextIO

import click

from backend.commands.opening import open_system, operator
from backend.commands.table import print_table
from backend.errors import BadInput, FaceAttendanceError

FIELDS = ("person_id", "name", "email", "department", "position", "phone")
PAGE = 500


@click.group(epilog="Example: python -m backend person list --search keller")
def person() -> None:
    """People who may be recognised."""


def _everybody(system, **filters):
    offset = 0
    while True:
        rows, total = system.people.find(limit=PAGE, offset=offset, **filters)
        yield from rows
        offset += PAGE
        if offset >= total:
            return


@person.command("list", epilog="Example: python -m backend person list --search keller")
@click.option("--search", help="Part of the name, the id or the e-mail address.")
@click.option("--department")
@click.option("--without-face", is_flag=True, help="Only people who cannot be recognised yet.")
@click.option("--json", "as_json", is_flag=True)
def list_people(search: str | None, department: str | None, without_face: bool, as_json: bool) -> None:
    """Lists people."""
    people = list(_everybody(open_system(), search=search, department=department,
                             has_face=False if without_face else None))
    if as_json:
        click.echo(json.dumps([_as_dict(one) for one in people], ensure_ascii=False, indent=2))
        return
    print_table(("ID", "NAME", "DEPARTMENT", "FACES", "ACTIVE"),
                [(one.person_id, one.name, one.department or "",
                  "enrol again" if one.must_enrol_again else str(one.faces), "yes" if one.active else "no")
                 for one in people])
    click.echo(f"{len(people)} people")


def _as_dict(one) -> dict:
    return {name: getattr(one, name) for name in FIELDS} | {
        "active": one.active, "faces": one.faces, "must_enrol_again": one.must_enrol_again}


@person.command(epilog="Example: python -m backend person add EMP007 'Ana Ruiz' --department Sales")
@click.argument("person_id")
@click.argument("name")
@click.option("--email")
@click.option("--department")
@click.option("--position")
@click.option("--phone")
def add(person_id: str, name: str, **more: str | None) -> None:
    """Adds a person."""
    added = open_system().people.add(person_id, name, by=operator(), **more)
    click.echo(f"Added {added.name} ({added.person_id})")


@person.command("import", epilog="Example: python -m backend person import staff.csv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_people(file: Path) -> None:
    """Adds people from a CSV file with the columns person_id, name, email, department, position, phone.

    Lines that cannot be used are named and left out; the others are added.
    """
    system = open_system()
    added, faults = 0, []
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not UTF-8 text; save it as CSV UTF-8") from None
    reader = csv.DictReader(text.splitlines())
    missing = {"person_id", "name"} - set(reader.fieldnames or ())
    if missing:
        raise BadInput(f"{file} lacks the column {', '.join(sorted(missing))}; the first line names the columns")
    for row in reader:
        values = {name: (row.get(name) or "").strip() or None for name in FIELDS}
        try:
            if not values["person_id"] or not values["name"]:
                raise BadInput("person_id and name must not be empty")
            system.people.add(by=operator(), **values)
            added += 1
        except FaceAttendanceError as error:
            faults.append(f"line {reader.line_num}: {error}")
    for fault in faults:
        click.echo(fault, err=True)
    click.echo(f"Added {added} people, {len(faults)} lines left out")
    if faults:
        raise click.exceptions.Exit(1)


@person.command("export", epilog="Example: python -m backend person export > staff.csv")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-")
def export_people(output: TextIO) -> None:
    """Writes all people as CSV."""
    writer = csv.DictWriter(output, FIELDS)
    writer.writeheader()
    for one in _everybody(open_system()):
        writer.writerow({name: getattr(one, name) or "" for name in FIELDS})


@person.command(epilog="Example: python -m backend person move EMP007 south-plant")
@click.argument("person_id")
@click.argument("connection")
def move(person_id: str, connection: str) -> None:
    """Lets a person belong to another database of Odoo, by the name of its connection.

    Rows that the old database has stay there; all others go to the new one.
    """
    moved = open_system().people.change(person_id, by=operator(), connection=connection)
    click.echo(f"{moved.name} ({moved.person_id}) belongs to {connection}; the next pull from there finds their "
               "employee by the badge.")


@person.command(epilog="Example: python -m backend person pin EMP007")
@click.argument("person_id")
@click.option("--pin-stdin", is_flag=True, help="Read it from standard input instead of asking.")
@click.option("--clear", is_flag=True, help="Take the PIN away.")
def pin(person_id: str, pin_stdin: bool, clear: bool) -> None:
    """Gives a person a PIN of 4 to 12 digits for the kiosk."""
    given: str | None = None
    if pin_stdin:
        given = sys.stdin.readline().strip()
    elif not clear:
        given = click.prompt("PIN", hide_input=True, confirmation_prompt=True)
    open_system().people.set_pin(person_id, given, by=operator())
    click.echo(f"The PIN of {person_id} is {'taken away' if given is None else 'set'}")


@person.command(epilog="Example: python -m backend person badge EMP007 004711")
@click.argument("person_id")
@click.argument("number", required=False)
@click.option("--clear", is_flag=True, help="Take the badge away.")
def badge(person_id: str, number: str | None, clear: bool) -> None:
    """Gives a person a badge, where its number is not the person's id."""
    if (number is None) != clear:
        raise click.UsageError("Name the badge's number, or say --clear")
    open_system().people.change(person_id, by=operator(), badge=number)
    click.echo(f"The badge of {person_id} is {'taken away' if number is None else 'set'}")


@person.command(epilog="Example: python -m backend person erase EMP007")
@click.argument("person_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(person_id: str, yes: bool) -> None:
    """Erases a person: faces at once, rows as ERASURE_ROWS says. This cannot be undone."""
    system = open_system()
    found = system.people.get(person_id)
    if not yes:
        click.confirm(f"Erase {found.name} ({found.person_id}) for good?", abort=True)
    system.people.erase(person_id, by=operator())
    click.echo(f"Erased {person_id}")


@person.command(epilog="Example: python -m backend person pictures EMP007 --output ana")
@click.argument("person_id")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="Folder to write them to; made where it is not there.")
def pictures(person_id: str, output: Path) -> None:
    """Writes the enrolment pictures that are kept of a person, for whoever asks what is held of them."""
    system = open_system()
    kept = system.faces.kept_pictures(person_id, by=operator())
    if kept:
        output.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(kept, 1):
        file = output / f"{number}-{one.created_at:%Y%m%dT%H%M%SZ}.jpg"
        file.touch(mode=0o600)
        file.write_bytes(one.jpeg)
    click.echo(f"{len(kept)} pictures of {person_id} are kept" + (
        f", until {max(one.keep_until for one in kept):%Y-%m-%d} at most" if kept else ""))
