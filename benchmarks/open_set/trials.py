"""Random splits of a folder's people into a gallery and strangers, from a seed.

Protocols of the open-set test. Nobody's enrolment picture is a probe; who is enrolled is never a
stranger in the same split. Rows are those of `Faces`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

STRANGER = -1
TRACK = 5          # frames of a track
TRACK_PROBED = 8   # pictures that somebody needs whose tracks are probed: three to enrol, five to probe
_STRANGERS_KEPT = 0.1  # share of the people fit for probing who are left to be strangers
_OTHERS_MOST = 3   # templates of members who are enrolled and not probed


class Shortage(ValueError):
    """The folder has too few people for this kind of trial; others may be possible."""


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


Protocol = Callable[[Sequence[np.ndarray], int, int, int, int], Iterator[Trial]]
"""Takes everybody's rows, how many people, templates and splits, and a seed. Raises Shortage."""


def single(rows: Sequence[np.ndarray], people: int, templates: int, splits: int, seed: int) -> Iterator[Trial]:
    """One picture decides. One random picture of each enrolled person who has one left, and of each
    stranger. Where too few have one left, others make up the gallery, enrolled from what they have."""
    for rng in _seeds(splits, seed, people, templates, 1):
        fit = _with(rows, templates + 1)
        chosen = rng.permutation(fit)[:people]
        others = _others(rows, rng, people - len(chosen), templates) if len(chosen) < people else ()
        yield _trial(rows, rng, chosen, others, templates, 1, people)


def tracks(rows: Sequence[np.ndarray], people: int, templates: int, splits: int, seed: int) -> Iterator[Trial]:
    """Five pictures decide. Probed are people with eight pictures or more; where they are too few, others
    with fewer than five make up the gallery, enrolled from one to three (at most `templates`)."""
    for rng in _seeds(splits, seed, people, templates, TRACK):
        fit = _with(rows, TRACK_PROBED)
        most = len(fit) - max(1, round(_STRANGERS_KEPT * len(fit)))
        chosen = rng.permutation(fit)[:max(0, min(people, most))]
        others = _others(rows, rng, people - len(chosen), TRACK - 1)
        yield _trial(rows, rng, chosen, others, templates, TRACK, people)


def look_alikes(rows: Sequence[np.ndarray], group: Sequence[int], enrolled: int, splits: int,
                seed: int) -> Iterator[Trial]:
    """`enrolled` random people of `group` with one picture each; the rest of the group are strangers.

    Probed are all other pictures of the enrolled who have four or more, and one of each stranger.
    """
    if len(group) <= enrolled:
        raise Shortage(f"the folder has {len(group)} people of the group, more than {enrolled} are needed")
    if not any(len(rows[person]) >= 4 for person in group):
        raise Shortage("nobody of the group has 4 pictures")
    for rng in _seeds(splits, seed, enrolled, 1, 0):
        order = rng.permutation(np.asarray(group))
        members = order[:enrolled]
        own = [rng.permutation(rows[person]) for person in members]
        known = [(index, row) for index, of in enumerate(own) if len(of) >= 4 for row in of[1:]]
        unknown = [(STRANGER, rng.choice(rows[person])) for person in order[enrolled:]]
        truth = np.array([index for index, _ in known + unknown])
        yield Trial(members, tuple(of[:1] for of in own), np.array([[row] for _, row in known + unknown]), truth,
                    np.array([members[index] for index, _ in known] + list(order[enrolled:])))


def _with(rows: Sequence[np.ndarray], least: int, most: int | None = None) -> np.ndarray:
    """The people who have so many pictures."""
    return np.array([person for person, own in enumerate(rows)
                     if least <= len(own) and (most is None or len(own) <= most)], int)


def _others(rows: Sequence[np.ndarray], rng: np.random.Generator, wanted: int, most: int) -> np.ndarray:
    """`wanted` people, fewer where there are no more, who are enrolled and not probed: half of them with two
    to `most` pictures, half with one."""
    short, alone = rng.permutation(_with(rows, 2, most)), rng.permutation(_with(rows, 1, 1))
    with_one = min(len(alone), wanted - min(len(short), wanted // 2))
    return np.concatenate([short[:wanted - with_one], alone[:with_one]])


def _trial(rows: Sequence[np.ndarray], rng: np.random.Generator, chosen: np.ndarray, others: Sequence[int],
           templates: int, frames: int, people: int) -> Trial:
    members = np.concatenate([chosen, np.asarray(others, int)]).astype(int)
    if len(members) < people:
        raise Shortage(f"the folder has {len(members)} people fit to be enrolled, {people} are needed")
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
    for have, whom in ((max(truth, default=STRANGER) > STRANGER, "of those enrolled nobody has"),
                       (min(truth, default=0) == STRANGER, "nobody is left as a stranger who has")):
        if not have:
            raise Shortage(f"{whom} {frames} pictures to be probed with")
    return Trial(members, tuple(enrolled), np.array(probes, int).reshape(-1, frames), np.array(truth, int),
                 np.array(persons, int))


def _seeds(splits: int, *key: int) -> Iterator[np.random.Generator]:
    for split in range(splits):
        yield np.random.default_rng([*key, split])
