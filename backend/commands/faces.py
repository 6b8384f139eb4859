"""`enroll` and `identify`: templates from pictures, and who is in a picture."""

from __future__ import annotations

import json
from pathlib import Path

import click

from backend.commands.opening import open_system, operator
from backend.errors import FaceAttendanceError


def _pictures(system):
    from backend.vision.pictures import LocalPictures

    return LocalPictures(system.settings, system.store)


@click.command(epilog="Example: python -m backend enroll EMP007 front.jpg left.jpg --consent")
@click.argument("person_id")
@click.argument("images", nargs=-1, required=True,
                type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--consent", is_flag=True, help="The person has agreed to be recognised by face.")
@click.option("--force", is_flag=True, help="Replace the templates that the person has.")
@click.option("--allow-duplicate", is_flag=True,
              help="Register a face that is another person's, too; needs --reason.")
@click.option("--reason", help="Why one face may be two people's; goes into the security log.")
def enroll(person_id: str, images: tuple[Path, ...], consent: bool, force: bool, allow_duplicate: bool,
           reason: str | None) -> None:
    """Adds templates of a person from pictures, one face in each."""
    if allow_duplicate and not reason:
        raise click.UsageError("--allow-duplicate needs --reason TEXT: it goes into the security log")
    system = open_system()
    system.people.get(person_id)
    pictures = _pictures(system)
    readings = []
    for image in images:
        try:
            readings.append(pictures.read(image.read_bytes()))
        except FaceAttendanceError as error:
            raise type(error)(f"{image}: {error}", code=error.code) from None
    result = system.faces.enroll(person_id, readings, consent=consent, force=force, by=operator(),
                                 allow_duplicate=allow_duplicate, reason=reason)
    for image, verdict in zip(images, result.quality, strict=True):
        if not verdict["ok"]:
            click.echo(f"Passed over {image}: {verdict['advice']}")
    click.echo(f"Added {result.templates} templates; {person_id} now has {result.total_faces}")
    for warning in result.warnings:
        click.echo(f"Note: {warning.text}")


@click.command(epilog="Example: python -m backend identify visitor.jpg --json")
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def identify(image: Path, as_json: bool) -> None:
    """Says who is in a picture, and why; marks nothing."""
    system = open_system()
    reading = _pictures(system).read(image.read_bytes())
    faces = [_face_as_dict(system, face) for face in reading.faces]
    if as_json:
        click.echo(json.dumps({"width": reading.width, "height": reading.height, "faces": faces},
                              ensure_ascii=False, indent=2))
        return
    if not faces:
        click.echo("No face found")
    for face in faces:
        x, y, width, height = face["box"]
        who = face["person"]["name"] if face["person"] else "nobody"
        distance = "" if face["distance"] is None else f", distance {face['distance']:.3f}"
        runner_up = ("" if not face["runner_up"] or face["runner_up_distance"] is None else
                     f", runner-up {face['runner_up']['name']} {face['runner_up_distance']:.3f}")
        click.echo(f"{width}×{height} at ({x}, {y}): {who} — {face['reason']}{distance}{runner_up}")


def _face_as_dict(system, face) -> dict:
    decision = face.decision

    def named(person):
        if person is None:
            return None
        with system.store.read() as unit:
            found = unit.people.get(person)
        return {"person_id": found.person_id, "name": found.name} if found else None

    return {
        "box": list(face.box),
        "decision": decision.outcome if decision else "rejected",
        "person": named(decision.person) if decision and decision.outcome == "accepted" else None,
        "distance": decision.distance if decision else None,
        "runner_up": named(decision.runner_up) if decision else None,
        "runner_up_distance": decision.runner_up_distance if decision else None,
        "threshold": decision.threshold if decision else None,
        "reason": decision.reason if decision else ", ".join(face.quality.reasons),
        "quality": {"ok": face.quality.ok, "reasons": list(face.quality.reasons)},
    }
