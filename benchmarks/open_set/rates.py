"""From tries to rates: FNIR, FPIR, wrong person, each with an interval bootstrapped by person.

Tries of one person are no independent ones, however many splits repeat them; the bootstrap draws
people, with all their tries, and so do the intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FPIRS = (0.001, 0.01)
DRAWS = 400
"""Draws of the bootstrap: enough for the two digits that are printed."""


@dataclass(frozen=True, eq=False)
class Tries:
    """What was decided, pooled over splits; arrays of one length."""

    score: np.ndarray
    """How far past the threshold the nearest person was; infinite where another rule forbids. Accepted
    is a score of 0 or less."""
    right: np.ndarray
    """Whether the nearest was who it is; False for strangers."""
    enrolled: np.ndarray
    persons: np.ndarray

    @classmethod
    def pooled(cls, parts: Sequence[Tries]) -> Tries:
        return cls(*(np.concatenate([getattr(part, name) for part in parts])
                     for name in ("score", "right", "enrolled", "persons")))

    def of(self, persons: Sequence[int]) -> Tries:
        """Those of some people."""
        keep = np.isin(self.persons, np.asarray(persons, int))
        return Tries(self.score[keep], self.right[keep], self.enrolled[keep], self.persons[keep])


@dataclass(frozen=True)
class Rate:
    """A share of one, `low` and `high` its 95 % interval; None where there were no tries."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def text(self) -> str:
        if self.value is None:
            return "–"
        return f"{_percent(self.value)} [{_percent(self.low)}–{_percent(self.high)}]"


def at_threshold(tries: Tries) -> dict[str, Rate]:
    """What the product's own thresholds bring: fpir, fnir, wrong (person)."""
    accepted = tries.score <= 0
    events = {"fpir": (accepted, ~tries.enrolled), "fnir": (~(accepted & tries.right), tries.enrolled),
              "wrong": (accepted & ~tries.right, tries.enrolled)}
    weights = _weights(tries.persons)
    found = {}
    for name, (happened, among) in events.items():
        hits, all_ = (np.bincount(tries.persons, mask, weights.shape[1]) for mask in (happened & among, among))
        found[name] = _rate(hits, all_, weights)
    return found


def at_fpir(tries: Tries, fpir: float) -> dict[str, Rate]:
    """FNIR and wrong person where all thresholds are moved together until `fpir` is met exactly."""
    strangers = ~tries.enrolled
    order = np.argsort(tries.score[strangers], kind="stable")
    scores, whose = tries.score[strangers][order], tries.persons[strangers][order]
    known, right, persons = tries.score[tries.enrolled], tries.right[tries.enrolled], tries.persons[tries.enrolled]
    if not len(scores) or not len(known):
        return {"fnir": Rate(None), "wrong": Rate(None)}
    draws = np.concatenate([np.ones((1, _people(tries.persons))), _weights(tries.persons)])
    values = np.full((len(draws), 2), np.nan)
    for number, weights in enumerate(draws):
        passed = np.cumsum(weights[whose])
        weight = weights[persons]
        if not passed[-1] or not weight.sum():
            continue
        at = np.searchsorted(passed, fpir * passed[-1], side="right")
        inside = known < scores[min(at, len(scores) - 1)]
        values[number] = 1 - (weight * (inside & right)).sum() / weight.sum(), \
            (weight * (inside & ~right)).sum() / weight.sum()
    low, high = np.nanquantile(values[1:], [0.025, 0.975], axis=0)
    return {name: Rate(float(values[0, i]), float(low[i]), float(high[i])) for i, name in enumerate(("fnir", "wrong"))}


def curve(tries: Tries, points: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """(points,) FPIR from 1e-4 to 0.3 and the FNIR at each."""
    strangers = np.sort(tries.score[~tries.enrolled])
    fpirs = np.geomspace(1e-4, 0.3, points)
    limits = strangers[np.minimum((fpirs * len(strangers)).astype(int), len(strangers) - 1)]
    good = np.sort(np.where(tries.right, tries.score, np.inf)[tries.enrolled])
    return fpirs, 1 - np.searchsorted(good, limits, side="left") / len(good)


def _rate(hits: np.ndarray, tries: np.ndarray, weights: np.ndarray) -> Rate:
    if not tries.sum():
        return Rate(None)
    drawn = weights @ tries
    shares = (weights @ hits)[drawn > 0] / drawn[drawn > 0]
    low, high = np.quantile(shares, [0.025, 0.975])
    return Rate(float(hits.sum() / tries.sum()), float(low), float(high))


def _weights(persons: np.ndarray) -> np.ndarray:
    """(DRAWS, people): how often each draw of the bootstrap has each person."""
    there = np.unique(persons)
    weights = np.zeros((DRAWS, _people(persons)))
    weights[:, there] = np.random.default_rng(0).multinomial(len(there), np.full(len(there), 1 / len(there)), DRAWS)
    return weights


def _people(persons: np.ndarray) -> int:
    return int(persons.max()) + 1 if len(persons) else 0


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.2f} %" if percent < 1 else f"{percent:.1f} %"
