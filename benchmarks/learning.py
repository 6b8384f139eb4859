"""Does learning at the door help, and can a look-alike walk a template away? A simulated timeline.

    python benchmarks/learning.py --faces DIR [--seeds 50] [--share 0.75] [--kept DIR] [--json]

DIR is laid out like LFW. Each split enrols a random 100 of the people with eight pictures or more,
from two or three pictures. The rest of their pictures are halved into visits of the past, which
may teach, and visits afterwards, which are measured; so are the strangers' with four or more. A
visit is two pictures: on LFW years apart, so that fewer visits are very sure than at a door. The
decision, the lesson and the anchor are the product's own; the quality gate is left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from backend.config import Settings, load  # noqa: E402
from backend.vision.decide import Judge  # noqa: E402
from backend.vision.engines import open_engine  # noqa: E402
from backend.vision.gallery import Gallery  # noqa: E402
from backend.vision.learning import anchored, lesson, most_learnt  # noqa: E402
from backend.vision.results import Lesson, Quality  # noqa: E402
from benchmarks.open_set.faces import Faces, embed_folder  # noqa: E402

PEOPLE = 100
FRAMES = 2
DAYS = 60
"""Visits of each attacker, one a day."""
_GOOD = Quality(ok=True, reasons=(), width_px=150, sharpness=150.0, brightness=120.0, yaw_degrees=0.0)
_SPACE = UUID("7d0c5d5e-6f7e-4a3e-9a52-3d2f6d1b8a11")


def _unit(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector, axis=-1, keepdims=True)).astype(np.float32)


def visits(pictures: np.ndarray) -> list[np.ndarray]:
    """(m, 2, d): the pictures in twos, an odd one left out."""
    return [pictures[start:start + FRAMES] for start in range(0, len(pictures) - FRAMES + 1, FRAMES)]


@dataclass
class Door:
    """A gallery that learns. `anchor` False measures lessons by the gallery in use: what must not be."""

    enrolled: dict[UUID, np.ndarray]
    judge: Judge
    engine: str
    settings: Settings
    anchor: bool = True
    learnt: dict[UUID, list[np.ndarray]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.base = self.gallery = self._build()

    def _build(self) -> Gallery:
        rows = [(person, one) for person, mine in self.enrolled.items()
                for one in [*mine, *self.learnt.get(person, [])]]
        owners = [person for person, _ in rows]
        return Gallery(np.array([one for _, one in rows], np.float32), owners, owners)

    def visit(self, frames: np.ndarray) -> UUID | None:
        """Somebody comes by; whose template was learnt, if any was."""
        decision = self.judge.judge(frames, self.gallery, needed=FRAMES)
        offered = lesson(decision, [(frame, _GOOD) for frame in frames], self.engine, self.settings)
        if offered is None or decision.person is None:
            return None
        return self.keep(offered, decision.person)

    def keep(self, offered: Lesson, person: UUID) -> UUID | None:
        against = self.base if self.anchor else self.gallery
        if anchored(offered, person, against, self.settings) is None:
            return None
        mine = self.learnt.setdefault(person, [])
        mine.append(offered.vector)
        del mine[:max(0, len(mine) - most_learnt(len(self.enrolled[person]), self.settings))]
        self.gallery = self._build()
        return person

    def accepts(self, frames: np.ndarray) -> UUID | None:
        decision = self.judge.judge(frames, self.gallery, needed=FRAMES)
        return decision.person if decision.accepted else None


@dataclass
class Split:
    """Random people, their enrolment, and everybody's visits before and after."""

    enrolled: dict[UUID, np.ndarray]
    past: list[tuple[UUID | None, np.ndarray]]
    after: list[tuple[UUID | None, np.ndarray]]
    strangers: dict[UUID, tuple[np.ndarray, np.ndarray]]
    """Their pictures, in halves."""


def split(faces: Faces, templates: int, seed: int) -> Split:
    rng = np.random.default_rng(seed)
    rows = faces.rows()
    vectors = faces.both
    many = [person for person, mine in enumerate(rows) if len(mine) >= 8]
    known = set(rng.permutation(many)[:PEOPLE].tolist())
    made = Split({}, [], [], {})
    for person, mine in enumerate(rows):
        if len(mine) < 4:
            continue
        uuid, pictures = uuid5(_SPACE, faces.people[person]), vectors[rng.permutation(mine)]
        who: UUID | None = None
        if person in known:
            made.enrolled[uuid], pictures, who = pictures[:templates], pictures[templates:], uuid
        half = len(pictures) // 2
        if who is None:
            made.strangers[uuid] = pictures[:half], pictures[half:]
        made.past += [(who, each) for each in visits(pictures[:half])]
        made.after += [(who, each) for each in visits(pictures[half:])]
    order = rng.permutation(len(made.past))
    made.past = [made.past[index] for index in order]
    return made


def measure(door: Door, after: Iterable[tuple[UUID | None, np.ndarray]]) -> Counter[str]:
    """How many visits of strangers were accepted, and of the enrolled not, or as somebody else."""
    found: Counter[str] = Counter()
    for who, frames in after:
        said = door.accepts(frames)
        found["strangers" if who is None else "enrolled"] += 1
        if who is None:
            found["accepted"] += said is not None
        else:
            found["missed"] += said != who
            found["wrong"] += said not in (None, who)
    return found


def timeline(faces: Faces, templates: int, seeds: int, make: Any) -> dict[str, Any]:
    """A year at the door: everybody's visits in random order, strangers' among them."""
    before, later, taught = Counter(), Counter(), Counter()
    for seed in range(seeds):
        drawn = split(faces, templates, seed)
        door = make(drawn.enrolled)
        before += measure(door, drawn.after)
        for who, frames in drawn.past:
            person = door.visit(frames)
            if person is not None:
                taught["stranger" if who is None else "right" if who == person else "wrong"] += 1
        later += measure(door, drawn.after)
    return {"templates": templates, "learnt": {"by_the_person": taught["right"], "by_another_enrolled": taught["wrong"],
                                               "by_a_stranger": taught["stranger"]},
            "before": _rates(before), "after": _rates(later)}


def _rates(found: Counter[str]) -> dict[str, float]:
    return {"fnir": found["missed"] / found["enrolled"], "wrong_person": found["wrong"] / found["enrolled"],
            "fpir": found["accepted"] / found["strangers"], "enrolled_visits": found["enrolled"],
            "stranger_visits": found["strangers"]}


def look_alikes(faces: Faces, templates: int, seeds: int, make: Any) -> dict[str, Any]:
    """The stranger most like each person comes every day, with all pairs of half their pictures, and
    the person never comes. The other half of their pictures tells whether they got in by it."""
    found: Counter[str] = Counter()
    for seed in range(seeds):
        drawn = split(faces, templates, seed)
        names = list(drawn.strangers)
        means = _unit(np.array([np.concatenate(drawn.strangers[name]).mean(axis=0) for name in names]))
        door = make(drawn.enrolled)
        for index, person in enumerate(door.base.people):
            nearest = names[int((means @ door.base.means[index]).argmax())]
            first, second = drawn.strangers[nearest]
            pairs = [first[[a, b]] for a in range(len(first)) for b in range(a + 1, len(first))]
            held = [second[[a, b]] for a in range(len(second)) for b in range(a + 1, len(second))]
            alone = make(drawn.enrolled)
            found["attackers"] += 1
            found["visits"] += len(held)
            found["in_before"] += sum(alone.accepts(each) == person for each in held)
            taught = [alone.visit(pairs[day % len(pairs)]) == person for day in range(DAYS if pairs else 0)]
            found["poisoned"] += any(taught)
            found["in_after"] += sum(alone.accepts(each) == person for each in held)
    return {"templates": templates, "attackers": found["attackers"], "taught_something": found["poisoned"],
            "visits": found["visits"], "accepted_before": found["in_before"], "accepted_after": found["in_after"]}


def walk(faces: Faces, templates: int, seeds: int, make: Any) -> dict[str, Any]:
    """The worst case: somebody who can show any face whatever, such as a morph, brings each day the
    one nearest to a stranger that is still learnt. How far the person's mean goes, and who gets in."""
    moved, left, found = [], [], Counter()
    for seed in range(seeds):
        drawn = split(faces, templates, seed)
        names = list(drawn.strangers)
        door = make(drawn.enrolled)
        person = door.base.people[seed % len(door.base.people)]
        index = door.base.people.index(person)
        goals = _unit(np.array([np.concatenate(drawn.strangers[name]).mean(axis=0) for name in names]))
        which = int((goals @ door.base.means[index]).argmax())
        goal = goals[which]
        theirs = [each for pictures in drawn.strangers[names[which]] for each in visits(pictures)]
        found["visits"] += len(theirs)
        found["before"] += sum(door.accepts(each) == person for each in theirs)
        for _ in range(DAYS):
            mean = door.gallery.means[index]
            start = door.base.means[index] if door.anchor else mean
            for share in np.linspace(1.0, 0.0, 101):
                shown = _unit((1 - share) * start + share * goal)
                decision = door.judge.judge([shown] * FRAMES, door.gallery, needed=FRAMES)
                offered = lesson(decision, [(shown, _GOOD)] * FRAMES, door.engine, door.settings)
                if offered is not None and decision.person == person and door.keep(offered, person):
                    break
        after = door.gallery.means[index]
        moved.append(float(np.linalg.norm(after - door.base.means[index])))
        left.append(float(np.linalg.norm(after - goal)))
        found["after"] += sum(door.accepts(each) == person for each in theirs)
    return {"templates": templates, "anchor": door.anchor, "moved": float(np.mean(moved)),
            "furthest": float(np.max(moved)), "left_to_the_stranger": float(np.mean(left)),
            "stranger_visits": found["visits"], "accepted_before": found["before"],
            "accepted_after": found["after"]}


def run(faces: Faces, seeds: int, share: float | None = None) -> dict[str, Any]:
    """`share` stands in for ADAPTIVE_SHARE."""
    settings = load({"adaptive_templates": True} | ({} if share is None else {"adaptive_share": share}), {}, [])
    engine = open_engine()
    judge = Judge(settings, engine)

    def make(anchor: bool) -> Any:
        return lambda enrolled: Door(enrolled, judge, engine.name, settings, anchor)

    return {"engine": engine.name, "seeds": seeds, "share": settings.adaptive_share,
            "timeline": [timeline(faces, count, seeds, make(True)) for count in (2, 3)],
            "look_alikes": [look_alikes(faces, count, max(1, seeds // 10), make(True)) for count in (2, 3)],
            "walk": [walk(faces, count, seeds, make(anchor)) for count in (2, 3) for anchor in (True, False)]}


def show(found: dict[str, Any]) -> None:
    for one in found["timeline"]:
        print(f"{one['templates']} enrolled: learnt {one['learnt']}")
        for when in ("before", "after"):
            rates = one[when]
            print(f"  {when:6} FNIR {rates['fnir']:.2%}  wrong person {rates['wrong_person']:.3%}  "
                  f"FPIR {rates['fpir']:.3%}")
    for kind in ("look_alikes", "walk"):
        for one in found[kind]:
            print(kind, {key: round(value, 4) if isinstance(value, float) else value for key, value in one.items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--kept", type=Path, default=ROOT / "data" / "benchmarks")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--share", type=float, help="in place of ADAPTIVE_SHARE")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    engine = open_engine(load({}, {}, []))
    engine.load()
    found = run(embed_folder(engine, given.faces, given.kept), given.seeds, given.share)
    print(json.dumps(found, indent=2)) if given.json else show(found)


if __name__ == "__main__":
    main()
