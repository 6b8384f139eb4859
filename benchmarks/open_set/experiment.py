"""The rows of the open-set test: galleries of several sizes, pictures and tracks, groups, look-alikes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from backend.config import Settings
from backend.vision.decide import Judge
from backend.vision.engines import Engine
from backend.vision.gallery import Gallery
from backend.vision.results import Reason
from benchmarks.open_set import trials
from benchmarks.open_set.faces import Faces
from benchmarks.open_set.rates import Tries
from benchmarks.open_set.trials import STRANGER, Protocol, Shortage, Trial

TEMPLATES = (1, 3)
TOLERANCE = 0.6
"""face_recognition's default: nearest template by raw distance, no unit length, no runner-up."""
LOOK_ALIKES = "east_asian_names"
ENROLLED_ALIKE = 29


@dataclass(frozen=True, eq=False)
class Experiment:
    faces: Faces
    classic: Faces
    """dlib's, with `raw`."""
    settings: Settings
    engine: Engine
    groups: Mapping[str, Sequence[str]]
    splits: int
    seed: int

    def members_of(self, group: str, faces: Faces) -> list[int]:
        """The numbers of a group's people in `faces`."""
        names = set(self.groups.get(group, ()))
        return [number for number, name in enumerate(faces.people) if name in names]


@dataclass(eq=False)
class Row:
    """One line of the report: a gallery, and what decides."""

    name: str
    people: int
    templates: int
    frames: int
    product: Tries
    """All frames judged together."""
    classic: Tries | None
    """The nearest raw template to any frame's, as a loop over the frames would have it. None where dlib's HOG
    found too few of the people for it."""
    threshold: float
    """The product's, on average over the splits."""
    asked: dict[str, float]
    """Share of strangers, and of enrolled people not recognised, who are asked for a badge or PIN."""
    by_group: dict[str, tuple[Tries, Tries | None]]
    """The product's and the classic rule's, of each group's people, in the same mixed galleries."""
    one_by_one: Tries | None
    """As the camera decides: frame by frame, until the case is clear. None for single pictures."""
    frames_used: float | None
    """By that, for enrolled people, on average."""


@dataclass(frozen=True)
class Skipped:
    """A line that the folder has too few people for."""

    name: str
    people: int
    templates: int
    why: str


@dataclass(frozen=True, eq=False)
class Answer:
    """All lines of one engine, and what its detector made of the folder."""

    lines: list[Row | Skipped]
    pictures: int
    undetected: int
    unreadable: int

    @property
    def rows(self) -> list[Row]:
        return [line for line in self.lines if isinstance(line, Row)]


def measure(experiment: Experiment, sizes: Sequence[int]) -> Answer:
    """All lines for one engine."""
    faces = experiment.faces
    found = [_line(experiment, people, templates, frames, protocol)
             for people in sizes for templates in TEMPLATES
             for frames, protocol in ((1, trials.single), (trials.TRACK, trials.tracks))]
    if experiment.members_of(LOOK_ALIKES, faces):
        found.append(_look_alikes(experiment))
    return Answer(found, len(faces.owner) + len(faces.undetected), len(faces.undetected), faces.unreadable)


def _line(experiment: Experiment, people: int, templates: int, frames: int, protocol: Protocol) -> Row | Skipped:
    name = "picture" if frames == 1 else f"track of {frames}"
    try:
        return _row(experiment, name, people, templates, frames, lambda faces: protocol(
            faces.rows(), people, templates, experiment.splits, experiment.seed))
    except Shortage as error:
        return Skipped(name, people, templates, str(error))


def _look_alikes(experiment: Experiment) -> Row | Skipped:
    def split(faces: Faces) -> Iterator[Trial]:
        return trials.look_alikes(faces.rows(), experiment.members_of(LOOK_ALIKES, faces), ENROLLED_ALIKE,
                                  experiment.splits, experiment.seed)

    try:
        return _row(experiment, "look-alikes", ENROLLED_ALIKE, 1, 1, split)
    except Shortage as error:
        return Skipped("look-alikes", ENROLLED_ALIKE, 1, str(error))


def _row(experiment: Experiment, name: str, people: int, templates: int, frames: int,
         split: Callable[[Faces], Iterator[Trial]]) -> Row:
    judge = Judge(experiment.settings, experiment.engine)
    vectors = experiment.faces.both
    lost = experiment.faces.lost(templates) if frames == 1 else None
    parts, limits, asked, looks = [], [], [], _Looks()
    for trial in split(experiment.faces):
        gallery = gallery_of(vectors, trial)
        probes = vectors[trial.probes]
        found = gallery.search(probes)
        past = judge.past(found, gallery, frames)
        parts.append(Tries(past, found.best == trial.truth, trial.truth != STRANGER, trial.persons,
                           None if lost is None else lost[trial.persons]))
        limits.append(judge.threshold(gallery, frames))
        asked.append((past > 0) & judge.askable(found, gallery, frames))
        if frames > 1:
            looks.take(judge, gallery, probes, trial)
    product, classic = Tries.pooled(parts), _classic_row(experiment, split, templates, frames)
    return Row(name, people, templates, frames, product, classic, float(np.mean(limits)),
               _asked(np.concatenate(asked), product), _by_group(experiment, product, classic),
               Tries.pooled(looks.parts) if looks.parts else None, looks.frames())


def _classic_row(experiment: Experiment, split: Callable[[Faces], Iterator[Trial]], templates: int,
                 frames: int) -> Tries | None:
    """None where there are enough people for the engine's own trials and not for these."""
    faces = experiment.classic
    lost = faces.lost(templates) if frames == 1 else None
    try:
        return Tries.pooled([_classic(faces.raw, trial, lost) for trial in split(faces)])
    except Shortage as error:
        print(f"face_recognition's default is left out of a line of {experiment.engine.name}: with dlib's HOG {error}",
              file=sys.stderr)
        return None


def _by_group(experiment: Experiment, product: Tries, classic: Tries | None) -> dict[str, tuple[Tries, Tries | None]]:
    found = {}
    for group in experiment.groups:
        own = product.of(experiment.members_of(group, experiment.faces))
        if len(own.score):
            members = experiment.members_of(group, experiment.classic)
            found[group] = own, None if classic is None else classic.of(members)
    return found


def _asked(asked: np.ndarray, product: Tries) -> dict[str, float]:
    unknown = product.enrolled & ~((product.score <= 0) & product.right)
    return {name: float(asked[among].mean()) if among.any() else 0.0
            for name, among in (("strangers", ~product.enrolled), ("not_recognised", unknown))}


def gallery_of(vectors: np.ndarray, trial: Trial) -> Gallery:
    """The product's own gallery of a split; people are numbered as in `trial.members`."""
    rows = np.concatenate(trial.enrolled)
    owners = [UUID(int=index) for index, own in enumerate(trial.enrolled) for _ in own]
    return Gallery(vectors[rows], owners, owners)


class _Looks:
    """What the camera would have decided, frame by frame, by `Judge.judge` itself."""

    def __init__(self) -> None:
        self.parts: list[Tries] = []
        self._used: list[int] = []

    def take(self, judge: Judge, gallery: Gallery, probes: np.ndarray, trial: Trial) -> None:
        accepted, right = np.zeros(len(probes), bool), np.zeros(len(probes), bool)
        for number, track in enumerate(probes):
            for frames in range(judge.needed, len(track) + 1):
                decision = judge.judge(track[:frames], gallery, needed=frames if frames == len(track) else None)
                if decision.reason is not Reason.GATHERING:
                    break
            accepted[number] = decision.accepted
            right[number] = decision.accepted and decision.person.int == trial.truth[number]
            if trial.truth[number] != STRANGER:
                self._used.append(frames)
        self.parts.append(Tries(np.where(accepted, -1.0, 1.0), right, trial.truth != STRANGER, trial.persons))

    def frames(self) -> float | None:
        return float(np.mean(self._used)) if self._used else None


def _classic(raw: np.ndarray, trial: Trial, lost: np.ndarray | None) -> Tries:
    """By face_recognition's rule. Of several frames the surest counts, as in a loop that marks whomever
    it has seen once."""
    rows = np.concatenate(trial.enrolled)
    owner = np.repeat(np.arange(len(trial.enrolled)), [len(own) for own in trial.enrolled])
    templates = raw[rows]
    squares = (templates ** 2).sum(axis=1)
    probes = raw[trial.probes.reshape(-1)]
    products = (probes ** 2).sum(axis=1)[:, None] + squares - 2 * probes @ templates.T
    distances = np.sqrt(np.maximum(0, products)).reshape(*trial.probes.shape, -1)
    nearest = distances.min(axis=1)
    best = nearest.argmin(axis=1)
    return Tries(nearest[np.arange(len(best)), best] - TOLERANCE, owner[best] == trial.truth,
                 trial.truth != STRANGER, trial.persons, None if lost is None else lost[trial.persons])
