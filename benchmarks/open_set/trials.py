"""Random splits of a folder's people into a gallery and strangers, from a seed.

Protocols of the open-set test. Nobody's enrolment picture is a probe; who is enrolled is never a
stranger in the same split. Rows are those of `Faces`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

STRANGER = -1
TRACK = 5          # frames of a track
TRACK_PROBED = 8   # pictures that somebody needs whose tracks are probed: three to enrol, five to probe
_STRANGERS_KEPT = 0.1  # share of the people fit for probing who are left to be strangers
_OTHERS_MOST = 3   # templates of members who are enrolled and not probed


@dataclass(frozen=True, eq=False)
class Trial:
    """One split. `enrolled[i]` are the rows of the templates of `members[i]`, a person's number."""

    members: np.ndarray
    enrolled: tuple[np.ndarray, ...]
    probes: np.ndarray
    """(m, frames) rows."""
    truth: np.ndarray
    """(m,) index into `members`, or STRANGER."""
    persons: np.ndarray
    """(m,) number of the person who is probed."""


def single(rows: Sequence[np.ndarray], people: int, templates: int, splits: int, seed: int) -> Iterator[Trial]:
    """One picture decides. One random picture of each enrolled person who has one left, and of each
    stranger."""
    for rng in _seeds(splits, seed, people, templates, 1):
        fit = [person for person, own in enumerate(rows) if len(own) > templates]
        chosen = rng.permutation(fit)[:people]
        yield _trial(rows, rng, chosen, others=[], templates=templates, frames=1, people=people)


def tracks(rows: Sequence[np.ndarray], people: int, templates: int, splits: int, seed: int) -> Iterator[Trial]:
    """Five pictures decide. Probed are people with eight pictures or more; where they are too few, others
    with fewer than five make up the gallery, enrolled from one to three (at most `templates`)."""
    for rng in _seeds(splits, seed, people, templates, TRACK):
        fit = [person for person, own in enumerate(rows) if len(own) >= TRACK_PROBED]
        most = len(fit) - max(1, round(_STRANGERS_KEPT * len(fit)))
        chosen = rng.permutation(fit)[:min(people, most)]
        short = rng.permutation([person for person, own in enumerate(rows) if 1 < len(own) < TRACK])
        alone = rng.permutation([person for person, own in enumerate(rows) if len(own) == 1])
        wanted = people - len(chosen)
        others = short[:wanted // 2]
        others = np.concatenate([others, alone[:wanted - len(others)]]).astype(int)
        yield _trial(rows, rng, chosen, others, templates, TRACK, people)


def look_alikes(rows: Sequence[np.ndarray], group: Sequence[int], enrolled: int, splits: int,
                seed: int) -> Iterator[Trial]:
    """`enrolled` random people of `group` with one picture each; the rest of the group are strangers.

    Probed are all other pictures of the enrolled who have four or more, and one of each stranger.
    """
    for rng in _seeds(splits, seed, enrolled, 1, 0):
        order = rng.permutation(np.asarray(group))
        members = order[:enrolled]
        own = [rng.permutation(rows[person]) for person in members]
        known = [(index, row) for index, of in enumerate(own) if len(of) >= 4 for row in of[1:]]
        unknown = [(STRANGER, rng.choice(rows[person])) for person in order[enrolled:]]
        truth = np.array([index for index, _ in known + unknown])
        yield Trial(members, tuple(of[:1] for of in own), np.array([[row] for _, row in known + unknown]), truth,
                    np.array([members[index] for index, _ in known] + list(order[enrolled:])))


def _trial(rows: Sequence[np.ndarray], rng: np.random.Generator, chosen: np.ndarray, others: Sequence[int],
           templates: int, frames: int, people: int) -> Trial:
    members = np.concatenate([chosen, np.asarray(others, int)]).astype(int)
    if len(members) < people:
        raise ValueError(f"the folder has {len(members)} people fit to be enrolled, {people} are needed")
    shuffled = {person: rng.permutation(own) if len(own) > 1 else own for person, own in enumerate(rows)}
    enrolled, probes, truth, persons = [], [], [], []
    for index, person in enumerate(members):
        own = shuffled[person]
        probed = index < len(chosen)
        count = templates if probed else min(int(rng.integers(1, _OTHERS_MOST + 1)), templates, len(own))
        enrolled.append(own[:count])
        if probed and len(own) >= count + frames:
            probes.append(own[count:count + frames])
            truth.append(index)
            persons.append(person)
    known = set(members.tolist())
    for person, own in shuffled.items():
        if person not in known and len(own) >= frames:
            probes.append(own[:frames])
            truth.append(STRANGER)
            persons.append(person)
    return Trial(members, tuple(enrolled), np.array(probes), np.array(truth), np.array(persons))


def _seeds(splits: int, *key: int) -> Iterator[np.random.Generator]:
    for split in range(splits):
        yield np.random.default_rng([*key, split])
