"""From tries to rates: FNIR, FPIR, wrong person, each with an interval bootstrapped by person.

Tries of one person are no independent ones, however many splits repeat them; the bootstrap draws
people, with all their tries, and so do the intervals. A picture in which no face was found is in no
try; WITH_NOT_DETECTED is the FNIR that counts it as not recognised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FPIRS = (0.001, 0.01)
WITH_NOT_DETECTED = "fnir_with_not_detected"
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
    lost: np.ndarray | None = None
    """Share of the pictures that might have been this probe in which no face was found; None for none."""

    @classmethod
    def pooled(cls, parts: Sequence[Tries]) -> Tries:
        lost = None if any(part.lost is None for part in parts) else np.concatenate([part.lost for part in parts])
        return cls(*(np.concatenate([getattr(part, name) for part in parts])
                     for name in ("score", "right", "enrolled", "persons")), lost)

    def of_strangers(self) -> Tries:
        return self._kept(~self.enrolled)

    def of_enrolled(self) -> Tries:
        return self._kept(self.enrolled)

    def of(self, persons: Sequence[int]) -> Tries:
        """Those of some people."""
        return self._kept(np.isin(self.persons, np.asarray(persons, int)))

    def _kept(self, keep: np.ndarray) -> Tries:
        return Tries(self.score[keep], self.right[keep], self.enrolled[keep], self.persons[keep],
                     None if self.lost is None else self.lost[keep])


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
    """What the product's own thresholds bring: fpir, fnir, wrong (person), and, where failures to find a
    face are known, WITH_NOT_DETECTED."""
    accepted, enrolled = tries.score <= 0, tries.enrolled
    events = {"fpir": (accepted, ~enrolled), "fnir": (~(accepted & tries.right), enrolled),
              "wrong": (accepted & ~tries.right, enrolled)}
    if tries.lost is not None:
        events[WITH_NOT_DETECTED] = (np.where(accepted & tries.right, tries.lost, 1.0), enrolled)
    weights = _weights(tries.persons)
    found = {}
    for name, (happened, among) in events.items():
        hits, all_ = (np.bincount(tries.persons, mask, weights.shape[1]) for mask in (happened * among, among))
        found[name] = _rate(hits, all_, weights)
    return found


def at_fpir(tries: Tries, fpir: float) -> dict[str, Rate]:
    """FNIR and wrong person where all thresholds are moved together until `fpir` is met exactly, and, where
    failures to find a face are known, WITH_NOT_DETECTED."""
    return at_fpirs(tries, [fpir])[0]


def at_fpirs(tries: Tries, fpirs: Sequence[float] = FPIRS) -> list[dict[str, Rate]]:
    """The same for each of `fpirs`."""
    names = ("fnir", "wrong") if tries.lost is None else ("fnir", "wrong", WITH_NOT_DETECTED)
    strangers, known = tries.of_strangers(), tries.of_enrolled()
    if not len(strangers.score) or not len(known.score):
        return [dict.fromkeys(names, Rate(None)) for _ in fpirs]
    order = np.argsort(strangers.score, kind="stable")
    scores, whose = strangers.score[order], strangers.persons[order]
    nearest = np.argsort(known.score, kind="stable")
    persons, near = known.persons[nearest], known.score[nearest]
    # What each try counts for, nearest first: any at all, the right person, the right person with a face found.
    right = known.right[nearest].astype(float)
    found = right if known.lost is None else right * (1 - known.lost[nearest])
    draws = np.concatenate([np.ones((1, _people(tries.persons))), _weights(tries.persons)])
    values = np.full((len(draws), len(fpirs), 3), np.nan)
    for number, weights in enumerate(draws):
        passed = np.cumsum(weights[whose])
        weight = weights[persons]
        total = weight.sum()
        if not passed[-1] or not total:
            continue
        for column, fpir in enumerate(fpirs):
            at = np.searchsorted(passed, fpir * passed[-1], side="right")
            inside = np.searchsorted(near, scores[min(at, len(scores) - 1)], side="left")
            hits = weight[:inside] @ right[:inside]
            values[number, column] = (1 - hits / total, (weight[:inside].sum() - hits) / total,
                                      1 - weight[:inside] @ found[:inside] / total)
    low, high = np.nanquantile(values[1:], [0.025, 0.975], axis=0)
    return [{name: Rate(float(values[0, column, i]), float(low[column, i]), float(high[column, i]))
             for i, name in enumerate(names)} for column in range(len(fpirs))]


def curve(tries: Tries, points: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """(points,) FPIR from 1e-4 to 0.3 and the FNIR at each; nothing where there are no tries of a kind."""
    strangers = np.sort(tries.score[~tries.enrolled])
    good = np.sort(np.where(tries.right, tries.score, np.inf)[tries.enrolled])
    if not len(strangers) or not len(good):
        return np.zeros(0), np.zeros(0)
    fpirs = np.geomspace(1e-4, 0.3, points)
    limits = strangers[np.minimum((fpirs * len(strangers)).astype(int), len(strangers) - 1)]
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
