"""What the bundled clip shows, read from `data/demo/`: who is enrolled, and what must happen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from backend.config import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "data" / "demo"


@dataclass(frozen=True)
class DemoPerson:
    person_id: str
    name: str
    pictures: tuple[Path, ...]


@dataclass(frozen=True)
class DemoScript:
    """`expected` holds (person_id, action) in the order of the clip; `strangers` is how many
    people who are not registered walk past."""

    people: tuple[DemoPerson, ...]
    clip: Path
    seconds: float
    expected: tuple[tuple[str, str], ...]
    strangers: int


def read_script(folder: Path = FOLDER) -> DemoScript:
    """Raises FileNotFoundError where the folder is not whole."""
    people = json.loads((folder / "people.json").read_text(encoding="utf-8"))["people"]
    clip = json.loads((folder / "clip.json").read_text(encoding="utf-8"))
    visits = clip["visits"]
    return DemoScript(
        people=tuple(DemoPerson(one["person_id"], one["name"], tuple(folder / name for name in one["pictures"]))
                     for one in people if one["pictures"]),
        clip=folder / clip["file"],
        seconds=clip["seconds"],
        expected=tuple((visit["person_id"], visit["expected"]) for visit in visits if visit["person_id"]),
        strangers=sum(1 for visit in visits if not visit["person_id"]),
    )
