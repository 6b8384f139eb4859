"""`models …`: weights of networks: what is there, where it comes from, whose it is."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

import click

from backend.commands.opening import open_system, operator, settings_in_force
from backend.commands.progress import Progress
from backend.commands.table import print_table
from backend.config import Settings
from backend.errors import BadInput


@click.group(epilog="Example: python -m backend models list")
def models() -> None:
    """Weights of networks that are not part of the product: nothing fetches them but this."""


@models.command("list", epilog="Example: python -m backend models list --json")
@click.option("--json", "as_json", is_flag=True)
def list_models(as_json: bool) -> None:
    """Lists what can be used: whether it is there, its licence, its measured figures."""
    from backend.vision.engines.manifest import all_manifests, wrong_manifests

    now = settings_in_force()
    rows = [_dlib(now), *(_as_dict(now, manifest) for manifest in all_manifests(now).values())]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    print_table(("NAME", "FOR", "STATE", "LICENCE"),
                [(row["name"], row["kind"] + (" (in force)" if row["in_force"] else ""), row["state"],
                  row["licence"]["name"]) for row in rows])
    for row in rows:
        click.echo(f"\n{row['title']} ({row['name']}): {row['measured']}")
        if row["licence"]["note"]:
            click.echo(f"  Note: {row['licence']['note']}")
    for line in wrong_manifests(now):
        click.echo(f"\n✗ {line}")
    click.echo(f"\nENGINE is {now.engine}. dlib needs no weights from elsewhere.")


def _dlib(now: Settings) -> dict[str, Any]:
    """The engine that comes with the product's packages, as a row of the list."""
    return {"name": "dlib", "kind": "embedder", "title": "dlib's ResNet",
            "file": "dlib_face_recognition_resnet_model_v1.dat", "state": "ready", "in_force": now.engine == "dlib",
            "engine": "dlib-resnet-v1", "sha256": None, "size": None, "url": None,
            "licence": {"name": "CC0-1.0", "url": "https://github.com/davisking/dlib-models", "note": None},
            "measured": "Own, open set on LFW (benchmarks/recognition.py), three mirrored templates, tracks of five: "
                        "0.11 % of the enrolled not recognised at an FPIR of 0.1 % with 100 people, 0.26 % with 300.",
            "thresholds_estimated": False, "manifest": None}


def _as_dict(now: Settings, manifest: Any) -> dict[str, Any]:
    return {"name": manifest.name, "kind": manifest.kind, "title": manifest.title, "file": manifest.file,
            "state": _state(now, manifest), "in_force": manifest.kind == "embedder" and manifest.name == now.engine,
            "engine": manifest.engine, "sha256": manifest.sha256, "size": manifest.size, "url": manifest.url,
            "licence": {"name": manifest.licence.name, "url": manifest.licence.url, "note": manifest.licence.note},
            "measured": manifest.measured, "thresholds_estimated": manifest.estimated,
            "manifest": str(manifest.origin)}


def _state(now: Settings, manifest: Any) -> str:
    """"ready", "missing", "another file" or "unconfirmed"."""
    from backend.vision.engines.detectors import models_folder
    from backend.vision.engines.weights import sum_of

    found = sum_of(models_folder(now) / manifest.file)
    if found is None:
        return "missing"
    if manifest.sha256 is None:
        return "unconfirmed"
    return "ready" if found == manifest.sha256 else "another file"


@models.command(epilog="Example: python -m backend models fetch sface --accept-licence")
@click.argument("name")
@click.option("--from", "source", metavar="FILE|ADDRESS", help="Where to get it instead of the manifest's address.")
@click.option("--accept-licence", is_flag=True, help="You have read the licence and take it.")
def fetch(name: str, source: str | None, accept_licence: bool) -> None:
    """Fetches weights into <DATA_DIR>/models, checks their SHA-256 and shows their licence."""
    from backend.ops import fetching
    from backend.vision.engines.manifest import find

    now = settings_in_force()
    manifest = find(now, name)
    licence = manifest.licence
    click.echo(f"{manifest.title}: licence {licence.name}" + (f", {licence.url}" if licence.url else ""))
    if licence.note:
        click.echo(f"Note: {licence.note}")
    if not accept_licence:
        if not sys.stdin.isatty():
            raise BadInput("read the licence, then add --accept-licence")
        click.confirm("Do you take this licence?", abort=True)
    with Progress(manifest.file) as progress:
        done = fetching.fetch(now, manifest, source, progress)
    click.echo(f"{done.path} is {'there' if done.new else 'there already'}: {done.size} bytes, SHA-256 as it has to be")
    if manifest.kind == "embedder" and now.engine != manifest.name:
        click.echo(f"To recognise with it: set ENGINE={manifest.name}; before that, see who would have to enrol again: "
                   f"python -m backend models reembed --engine {manifest.name} --dry-run")


@models.command(epilog="Example: python -m backend models verify")
@click.argument("name", required=False)
def verify(name: str | None) -> None:
    """Checks the files that are there (or the one named); exit 1 where one is not what it should be."""
    from backend.vision.engines.manifest import all_manifests, find

    now = settings_in_force()
    chosen = [find(now, name)] if name else list(all_manifests(now).values())
    bad = 0
    for manifest in chosen:
        state = _state(now, manifest)
        wrong = state in ("another file", "unconfirmed") or (state == "missing" and name is not None)
        bad += wrong
        click.echo(f"{'✗' if wrong else '✓' if state == 'ready' else '·'} {manifest.name}: {state}"
                   + (f"; {_advice(manifest, state)}" if wrong else ""))
    if bad:
        raise click.exceptions.Exit(1)


def _advice(manifest: Any, state: str) -> str:
    if state == "unconfirmed":
        return f"write its SHA-256 in {manifest.origin}"
    return f"{'delete it, then ' if state == 'another file' else ''}{manifest.remedy}"


@models.command(epilog="Example: python -m backend models reembed --engine sface --dry-run")
@click.option("--engine", "name", help="For this engine rather than the one in force: before ENGINE is changed.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; read and change nothing.")
@click.option("--forget-others", is_flag=True,
              help="Afterwards delete the faces of other engines of whoever has some of the one in force.")
@click.option("--json", "as_json", is_flag=True)
def reembed(name: str | None, dry_run: bool, forget_others: bool, as_json: bool) -> None:
    """Makes faces for another engine from the enrolment pictures kept (KEEP_PICTURES), person by person.

    Whoever has no picture kept is named: they have to be enrolled again.
    """
    from backend.vision.engines import engine_name

    system = open_system()
    chosen = system.settings if name is None else system.settings.but(engine=name)
    engine = engine_name(chosen)
    if forget_others and (dry_run or engine != engine_name(system.settings)):
        raise BadInput("--forget-others is for the engine in force, and not for a dry run")
    with Progress("people") as progress:
        outcomes = system.reembedding.run(_reader(chosen, system, dry_run), engine, by=operator(),
                                          dry_run=dry_run, progress=progress)
    gone = system.reembedding.forget_others(engine, by=operator()) if forget_others else 0
    if as_json:
        click.echo(json.dumps({"engine": engine, "dry_run": dry_run, "forgotten": gone,
                               "people": [asdict(one) for one in outcomes]}, ensure_ascii=False, indent=2))
        return
    _tell(outcomes, engine, dry_run, gone)


def _reader(chosen: Settings, system: Any, dry_run: bool) -> Any:
    """Reads a picture with the chosen engine; nothing is loaded for a dry run."""
    if dry_run:
        return None
    from backend.vision.engines import open_engine
    from backend.vision.pictures import LocalPictures

    engine = open_engine(chosen)
    engine.load()
    engine.wait_for_runtime()
    return LocalPictures(chosen, system.store, engine).read


def _tell(outcomes: list[Any], engine: str, dry_run: bool, gone: int) -> None:
    words = {"ready": "ready", "reembedded": "would be embedded anew" if dry_run else "embedded anew",
             "enrol_again": "has to be enrolled again"}
    print_table(("ID", "NAME", "FACES", "STATE"),
                [(one.person_id, one.name, str(one.templates or ""),
                  words[one.state] + (f": {one.why}" if one.why else "")) for one in outcomes])
    counts = {state: sum(one.state == state for one in outcomes) for state in words}
    click.echo(f"{engine}: {counts['ready']} ready, {counts['reembedded']} {words['reembedded']}, "
               f"{counts['enrol_again']} to be enrolled again"
               + (f"; {gone} faces of other engines deleted" if gone else ""))
