"""What is wrong with a gallery: people too alike, pictures that harm, pictures that do not agree.

Pure: templates in, findings out; the desks give people their names. A gallery of any size is looked
at in blocks, so that the memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from backend.config import Settings
from backend.vision.gallery import Gallery
from backend.vision.operating import OperatingPoint

_BLOCK = 1024
"""Rows compared at once: 40 MB against 10,000 people."""


@dataclass(frozen=True)
class Pair:
    """Two people whose mean templates are too near to each other."""

    person: UUID
    other: UUID
    distance: float


@dataclass(frozen=True)
class Suspect:
    """A template that does not fit its person: `own` is its distance to the mean of the person's
    other templates, `nearest_own` that to the nearest of them, `distance` that to the nearest other
    person, where there is one."""

    template: UUID
    person: UUID
    own: float
    nearest_own: float
    other: UUID | None
    distance: float | None


@dataclass(frozen=True)
class Findings:
    """`limit` is the distance below which two people count as too alike."""

    people: int
    templates: int
    limit: float
    alike: tuple[Pair, ...] = ()
    harmful: tuple[Suspect, ...] = ()
    """Nearer to somebody else than to their own person's other templates; the worst first."""
    disagreeing: tuple[Suspect, ...] = ()
    """Far from each of their own person's others, as another person's picture is."""
    few: tuple[tuple[UUID, int], ...] = ()
    """People with fewer templates than ENOUGH_TEMPLATES, and how many they have."""


def threshold_in_force(gallery: Gallery, point: OperatingPoint, settings: Settings) -> float:
    """The distance up to which one picture of a face is accepted with this gallery; as
    `Judge.threshold`, without an engine."""
    computed = point.threshold(len(gallery), gallery.alikeness, settings.target_fpir)
    return min(computed, point.ceiling, settings.match_threshold or point.ceiling)


def alike_below(gallery: Gallery, point: OperatingPoint, settings: Settings) -> float:
    """Nearer than this two people are confused too often: the threshold and half of MATCH_MARGIN.

    On LFW, visits of the one came within the threshold of the other in 2 % and more of the pairs
    nearer than that, in under 0.2 % of those beyond.
    """
    margin = point.margin if settings.match_margin is None else settings.match_margin
    return threshold_in_force(gallery, point, settings) + margin / 2


def examine(gallery: Gallery, point: OperatingPoint, settings: Settings,
            only: UUID | None = None) -> Findings:
    """Everything that is to be said of `gallery`, or of what concerns the person `only`."""
    if not len(gallery):
        return Findings(0, 0, 0.0)
    index = {person: number for number, person in enumerate(gallery.people)}
    owners = np.array([index[owner] for owner in gallery.owners])
    counts = np.bincount(owners, minlength=len(gallery))
    wanted = None if only is None else index.get(only, -1)
    limit = alike_below(gallery, point, settings)
    suspects = list(_suspects(gallery, owners, counts, wanted, point.stranger))
    few = tuple((person, int(counts[number])) for number, person in enumerate(gallery.people)
                if counts[number] < settings.enough_templates and wanted in (None, number))
    return Findings(
        people=len(gallery), templates=len(owners), limit=round(limit, 4),
        alike=tuple(sorted(_pairs(gallery, limit, wanted), key=lambda pair: pair.distance)),
        harmful=tuple(sorted((one for one in suspects if one.distance is not None and one.distance < one.own),
                             key=lambda one: (one.distance or 0.0) - one.own)),
        disagreeing=tuple(sorted((one for one in suspects if one.nearest_own > point.stranger),
                                 key=lambda one: -one.nearest_own)),
        few=few)


def _pairs(gallery: Gallery, limit: float, wanted: int | None) -> Iterator[Pair]:
    rows = range(len(gallery)) if wanted is None else range(wanted, wanted + 1)
    least = 1.0 - limit ** 2 / 2
    for start in range(rows.start, rows.stop, _BLOCK):
        likeness = gallery.means[start:min(start + _BLOCK, rows.stop)] @ gallery.means.T
        for line, column in zip(*np.nonzero(likeness > least), strict=True):
            number, other = start + int(line), int(column)
            if other == number or (wanted is None and other < number):
                continue
            yield Pair(gallery.people[number], gallery.people[other], _distance(likeness[line, column]))


def _suspects(gallery: Gallery, owners: np.ndarray, counts: np.ndarray, wanted: int | None,
              stranger: float) -> Iterator[Suspect]:
    """Of all templates of people with several those that harm or disagree."""
    sums = np.zeros((len(gallery), gallery.matrix.shape[1]), np.float32)
    np.add.at(sums, owners, gallery.matrix)
    nearest_own = _nearest_own(gallery, owners)
    several = np.flatnonzero((counts[owners] > 1) & (wanted is None or owners == wanted))
    for start in range(0, len(several), _BLOCK):
        rows = several[start:start + _BLOCK]
        templates = gallery.matrix[rows]
        rest = sums[owners[rows]] - templates
        rest /= np.maximum(1e-6, np.linalg.norm(rest, axis=1, keepdims=True))
        own = np.sum(rest * templates, axis=1)
        others = templates @ gallery.means.T
        others[np.arange(len(rows)), owners[rows]] = -np.inf
        nearest = others.argmax(axis=1)
        likest = others[np.arange(len(rows)), nearest]
        for line in np.flatnonzero((likest > own) | (nearest_own[rows] > stranger)):
            row, known = rows[line], bool(np.isfinite(likest[line]))
            yield Suspect(gallery.ids[row], gallery.owners[row], _distance(own[line]),
                          round(float(nearest_own[row]), 4),
                          gallery.people[int(nearest[line])] if known else None,
                          _distance(likest[line]) if known else None)


def _nearest_own(gallery: Gallery, owners: np.ndarray) -> np.ndarray:
    """(n,): each template's distance to the nearest other one of its person; 0 where it is the only one.

    Not to their mean: one wrong picture among three would make the good ones look wrong as well.
    """
    nearest = np.zeros(len(owners), np.float32)
    order = np.argsort(owners, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(owners[order])) + 1):
        if len(rows) > 1:
            likeness = gallery.matrix[rows] @ gallery.matrix[rows].T
            np.fill_diagonal(likeness, -np.inf)
            nearest[rows] = np.sqrt(np.maximum(0.0, 2.0 - 2.0 * likeness.max(axis=1)))
    return nearest


def _distance(product: float) -> float:
    """Of two unit-length vectors with this inner product."""
    return round(float(np.sqrt(max(0.0, 2.0 - 2.0 * float(product)))), 4)
