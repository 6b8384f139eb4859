"""Reads an engine's operating point off open-set tests, and checks it on people it was not read off.

Three numbers are fitted: base, per_frame and per_alikeness, by least squares to the thresholds that
gave an FPIR of 0.1 % in galleries of several kinds. The rest of the point stays as it is; what was seen
of three of its numbers stands beside it, for the manifest of a new engine, whose estimates they replace.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from backend.config import Settings, load
from backend.vision.decide import Judge
from backend.vision.engines import Engine
from backend.vision.expected import SHARES
from backend.vision.operating import OperatingPoint
from benchmarks.open_set import trials
from benchmarks.open_set.experiment import gallery_of
from benchmarks.open_set.faces import Faces
from benchmarks.open_set.rates import Tries
from benchmarks.open_set.trials import STRANGER, Shortage

HALVINGS = 3
TARGET = 0.001
FITTED = ("base", "per_frame", "per_alikeness")
KINDS = tuple((make, people, templates, frames)
              for make, people, frames in ((trials.single, 30, 1), (trials.single, 100, 1), (trials.tracks, 30, 2),
                                           (trials.tracks, 30, 5), (trials.tracks, 50, 3))
              for templates in (1, 3))


def cross_validated(engine: Engine, faces: Faces, splits: int, seed: int) -> dict[str, Any]:
    """The point fitted to everybody, whole as a manifest has it, and, for random halves of the people, what a
    point fitted to one half brings in both: FPIR and FNIR, pooled over halvings and kinds of gallery.

    Raises ValueError where the folder has too few people.
    """
    settings = load({"timezone": "UTC"}, {}, [])
    rows = faces.rows()
    point = fit(engine, settings, faces, rows, splits, seed)
    found: dict[str, Any] = {
        "operating_point": asdict(point) | _numbers(point),
        "as_before": [name for name in asdict(point) if name not in FITTED],
        "seen_of_the_others": seen_of_others(engine, settings, faces, rows, splits, seed),
        "everybody": _numbers(point), "halves": []}
    checks: dict[str, list[Tries]] = {"fitted_half": [], "other_half": []}
    for halving in range(HALVINGS):
        order = np.random.default_rng([seed, halving]).permutation(len(rows))
        halves = [set(order[::2].tolist()), set(order[1::2].tolist())]
        for own, other in (halves, halves[::-1]):
            point = fit(engine, settings, faces, _only(rows, own), splits, seed)
            found["halves"].append(_numbers(point))
            for name, people in (("fitted_half", own), ("other_half", other)):
                checks[name] += [tries for *_, tries in
                                 _tried(engine, settings, point, faces, _only(rows, people), splits, seed + 1)]
    for name, parts in checks.items():
        pooled = Tries.pooled(parts)
        accepted = pooled.score <= 0
        found[name] = {"fpir": float(accepted[~pooled.enrolled].mean()),
                       "fnir": float(1 - (accepted & pooled.right)[pooled.enrolled].mean()),
                       "fpir_of_each_kind": [float((part.score <= 0)[~part.enrolled].mean()) for part in parts]}
    return found


def fit(engine: Engine, settings: Settings, faces: Faces, rows: list[np.ndarray], splits: int,
        seed: int) -> OperatingPoint:
    """The engine's operating point with the three numbers that `rows` of `faces` ask for."""
    start = engine.operating
    terms, needed = [], []
    for _, alikeness, frames, tries in _tried(engine, settings, start, faces, rows, splits, seed, absolute=True):
        distances = np.sort(tries.score[~tries.enrolled])
        terms.append([1.0, 1 / frames, alikeness - start.usual])
        needed.append(distances[int(TARGET * len(distances))])
    if np.linalg.matrix_rank(np.array(terms or [[0.0]])) < len(FITTED):
        raise ValueError("too few kinds of galleries can be made of these people to fit an operating point to")
    values = _not_negative(np.array(terms), np.array(needed))
    return replace(start, **dict(zip(FITTED, map(float, values), strict=True)))


def _not_negative(terms: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """Least squares without the slopes, all terms but the first, that would come out below zero: no manifest
    takes them."""
    kept, values = list(range(terms.shape[1])), np.zeros(terms.shape[1])
    while True:
        found = np.linalg.lstsq(terms[:, kept], needed, rcond=None)[0]
        if found[1:].min(initial=0.0) >= 0:
            values[kept] = found
            return values
        del kept[1 + int(found[1:].argmin())]


def seen_of_others(engine: Engine, settings: Settings, faces: Faces, rows: list[np.ndarray], splits: int,
                   seed: int) -> dict[str, float]:
    """per_target, and usual and usual_per_size where there are people enough for it: by single pictures and
    three templates."""
    alike, slopes = {}, []
    for (make, people, templates, _), alikeness, _, tries in _tried(engine, settings, engine.operating, faces, rows,
                                                                    splits, seed, absolute=True):
        distances = np.sort(tries.score[~tries.enrolled])
        strict, lax = (distances[int(target * len(distances))] for target in (TARGET, 10 * TARGET))
        slopes.append(lax - strict)
        if make is trials.single and templates == 3:
            alike[people] = alikeness
    found = {"per_target": float(np.median(slopes))}
    if {30, 100} <= set(alike):
        found |= {"usual": alike[100], "usual_per_size": (alike[30] - alike[100]) / math.log10(100 / 30)}
    return {name: round(value, 4) for name, value in found.items()}


def _tried(engine: Engine, settings: Settings, point: OperatingPoint, faces: Faces, rows: list[np.ndarray],
           splits: int, seed: int, absolute: bool = False) -> Iterator[tuple[tuple, float, int, Tries]]:
    """For each kind of gallery: which of KINDS, its mean alikeness, the frames, the tries. `absolute` scores are the
    distances themselves. Kinds that there are too few people for are left out."""
    judge = Judge(settings, SimpleNamespace(operating=point, name=engine.name))
    vectors = faces.both
    for kind in KINDS:
        make, people, templates, frames = kind
        parts, alike = [], []
        try:
            for trial in make(rows, people, templates, splits, seed):
                gallery = gallery_of(vectors, trial)
                found = gallery.search(vectors[trial.probes[:, :frames]])
                score = judge.past(found, gallery, frames)
                if absolute:
                    score = score + judge.threshold(gallery, frames)
                parts.append(Tries(score, found.best == trial.truth, trial.truth != STRANGER, trial.persons))
                alike.append(gallery.alikeness)
        except Shortage as error:
            print(f"galleries of {people} people, {templates} templates, {frames} frames are left out: {error}",
                  file=sys.stderr)
            continue
        yield kind, float(np.mean(alike)), frames, Tries.pooled(parts)


def _only(rows: list[np.ndarray], people: set[int]) -> list[np.ndarray]:
    """Nobody else has pictures."""
    return [own if person in people else own[:0] for person, own in enumerate(rows)]


def _numbers(point: OperatingPoint) -> dict[str, float]:
    return {name: round(getattr(point, name), 4) for name in FITTED}


def genuine(faces: Faces, templates: int, frames: int, draws: int = 50, seed: int = 0) -> list[float]:
    """The distances that the shares `backend.vision.expected.SHARES` of visits exceed: from the mean
    of `frames` pictures of a person to the mean of `templates` others, each person counting alike."""
    vectors, found = faces.both, []
    for own in (own for own in faces.rows() if len(own) >= templates + frames):
        for draw in range(draws):
            order = np.random.default_rng([seed, int(own[0]), draw]).permutation(own)
            enrolled, probe = vectors[order[:templates]].mean(axis=0), vectors[order[templates:][:frames]].mean(axis=0)
            found.append(np.linalg.norm(probe / np.linalg.norm(probe) - enrolled / np.linalg.norm(enrolled)))
    return [round(float(distance), 3) for distance in np.quantile(found, 1 - np.array(SHARES))]
