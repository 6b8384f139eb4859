"""`migrate`, `settings`, `doctor`, `backup`: the operator's commands."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backend.commands.learning import drift
from backend.commands.opening import open_system, settings_in_force
from backend.commands.table import print_table
from backend.config import as_written, rows
from backend.errors import FaceAttendanceError

if TYPE_CHECKING:
    from backend.desks.findings import GalleryReport, Named


@click.command(epilog="Example: python -m backend migrate")
def migrate() -> None:
    """Brings the database to this version's schema, after a backup."""
    from backend.app import build

    build(settings_in_force(), migrate=True)
    click.echo("The database is up to date")


@click.command(epilog="Example: python -m backend settings")
@click.option("--defaults", is_flag=True, help="The table with defaults and examples instead.")
def settings(defaults: bool) -> None:
    """Shows every setting in force; secrets are masked."""
    if defaults:
        print_table(("SETTING", "DEFAULT", "EXAMPLE"),
                    [(row.variable, "" if row.default is None else as_written(row.default), row.example)
                     for row in rows()])
        return
    now = settings_in_force()
    for row in rows():
        value = getattr(now, row.name.lower())
        shown = "" if value is None else "***********" if row.secret else as_written(value)
        click.echo(f"{row.variable} = {shown}")


@click.group(invoke_without_command=True, epilog="Example: python -m backend doctor")
@click.pass_context
def doctor(context: click.Context) -> None:
    """Checks what the product stands on; exit 1 where something is wrong."""
    if context.invoked_subcommand is not None:
        return
    checks = [_check_python, _check_settings, _check_folder, _check_models, _check_liveness, _check_database,
              _check_recognition, _check_odoo]
    bad = 0
    for check in checks:
        name = check.__name__.removeprefix("_check_")
        try:
            click.echo(f"✓ {name}: {check()}")
        except FaceAttendanceError as error:
            bad += 1
            click.echo(f"✗ {name}: {error}")
    if bad:
        raise click.exceptions.Exit(1)


doctor.add_command(drift)


@doctor.command("gallery", epilog="Example: python -m backend doctor gallery --json")
@click.option("--json", "as_json", is_flag=True)
def doctor_gallery(as_json: bool) -> None:
    """Points out templates that harm or do not agree, people too alike, and people with too few."""
    import json
    from dataclasses import asdict

    found = open_system().faces.findings()
    if as_json:
        click.echo(json.dumps({"ok": found.ok, **asdict(found)}, ensure_ascii=False, indent=2))
        return
    click.echo(f"{found.people} people, {found.templates} templates of {found.engine}; one picture is "
               f"accepted up to {found.threshold:.3f}")
    for line in _gallery_lines(found):
        click.echo(line)
    if found.ok and not found.few:
        click.echo("✓ nothing to mend")


def _gallery_lines(found: GalleryReport) -> Iterator[str]:
    for one in found.harmful:
        yield (f"✗ a picture of {_who(one.person)} harms: it is nearer to {_who(one.other)} "
               f"({one.distance:.3f}) than to its own ({one.own_distance:.3f}). Delete face {one.face_id}, "
               "and take more pictures")
    for one in found.disagreeing:
        yield (f"✗ a picture of {_who(one.person)} does not agree with the others ({one.own_distance:.3f}): "
               f"perhaps it shows somebody else. Look at face {one.face_id}")
    for pair in found.alike:
        yield (f"! {_who(pair.person)} and {_who(pair.other)} are too alike: {pair.distance:.3f}, under "
               f"{found.limit:.3f}. Take more pictures of both; let them confirm by badge or PIN")
    for each in found.few:
        yield f"! {_who(each.person)} has {each.templates} of the pictures that recognition needs to be sure"


def _who(person: Named | None) -> str:
    return "somebody" if person is None else f"{person.name} ({person.person_id})"


def _check_python() -> str:
    return f"{sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"


def _check_settings() -> str:
    settings_in_force()
    return "all readable"


def _check_folder() -> str:
    now = settings_in_force()
    folder = now.data_path
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise FaceAttendanceError(f"DATA_DIR cannot be written: {now.data_path}. Choose another folder, "
                                  "or change its owner")
    free = shutil.disk_usage(folder).free
    if free < now.min_free_disk:
        raise FaceAttendanceError(f"only {free // 10**6} MB free for {now.data_path}; make room")
    return f"{now.data_path}, {free // 10**9} GB free"


def _check_models() -> str:
    from backend.vision.engines import open_engine

    engine = open_engine(settings_in_force())
    engine.load()
    engine.wait_for_runtime()
    return f"engine {engine.name}, {engine.dimension} numbers a template; {engine.runtime_state}; " \
           f"{engine.detector.state} finds the faces"


def _check_liveness() -> str:
    from backend.vision.liveness.opening import check

    now = settings_in_force()
    check(now)
    return "off, so that a photo of somebody passes as that person" if now.liveness == "off" else now.liveness


_AGAIN = ("{count} of them have faces of another engine only: run python -m backend models reembed, "
          "which names whom to enrol again")


def _check_database() -> str:
    system = open_system()
    _, total = system.people.find(limit=1, offset=0)
    again = len(system.reembedding.again())
    return f"{system.store.url_for_people}, {total} people" + (f"; {_AGAIN.format(count=again)}" if again else "")


def _check_recognition() -> str:
    return open_system().recognition.text()


def _check_odoo() -> str:
    told = [(desk.connection, desk.status()) for desk in open_system().odoos()]
    problems = [which.say(state["problem"]) for which, state in told
                if state["configured"] and state["problem"] is not None]
    if problems:
        raise FaceAttendanceError(" ".join(problems))
    return "; ".join(which.say(_stands(state)) for which, state in told)


def _stands(state: dict) -> str:
    if not state["configured"]:
        return "not set up"
    stands = f"{state['url']}, database {state['db']}: {'paused' if state['paused_at'] else 'set up'}"
    return stands if state["key_warning"] is None else f"{stands}. Note: {state['key_warning']}"


@click.group(epilog="Example: python -m backend backup create")
def backup() -> None:
    """Copies of the database."""


@backup.command("create", epilog="Example: python -m backend backup create --with-key")
@click.option("--with-key", is_flag=True, help="Also the master key: whoever has the copy reads everything.")
def create_backup(with_key: bool) -> None:
    """Makes a copy while the product runs."""
    from backend.ops import backup as backups

    click.echo(f"Wrote {backups.create(settings_in_force(), with_key=with_key)}")


@backup.command("list", epilog="Example: python -m backend backup list")
def list_backups() -> None:
    """Lists the copies."""
    from backend.ops import backup as backups

    for one in backups.existing(settings_in_force()):
        click.echo(str(one))


@backup.command("restore", epilog="Example: python -m backend backup restore "
                                  "data/backups/face-attendance-20261121T083148Z.db")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore_backup(file: Path, yes: bool) -> None:
    """Puts a copy in the database's place; the present one is kept beside it."""
    from backend.ops import backup as backups

    if not yes:
        click.confirm(f"Replace the present database by {file}?", abort=True)
    before = backups.restore(settings_in_force(), file)
    click.echo("Restored" + (f"; the database before is at {before}" if before else ""))


@backup.command("prune", epilog="Example: python -m backend backup prune --keep 14")
@click.option("--keep", type=click.IntRange(min=1), default=14, show_default=True)
def prune_backups(keep: int) -> None:
    """Deletes all but the newest copies."""
    from backend.ops import backup as backups

    click.echo(f"Deleted {len(backups.prune(settings_in_force(), keep=keep))} copies")
