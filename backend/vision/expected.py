"""What FNIR to expect of the site's own gallery: how often somebody enrolled will not be recognised.

Two views, because neither is the truth. `by_templates` puts the thresholds in force into what was
measured on LFW for people with as many templates: pictures of different years, so a door does
better. `left_out` judges each template by the others of its person: their own faces, but mostly pictures
of one day, so a door does worse. Pure; no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backend.vision.decide import Judge
from backend.vision.gallery import Gallery

SHARES = (0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005)
"""FNIR at each distance of `GENUINE`."""

_MOST = 2000   # templates left out in turn: enough for a rate, and a blink even with 10,000 people

GENUINE: dict[str, dict[int, tuple[float, ...]]] = {
    "dlib-resnet-v1": {
        1: (0.227, 0.249, 0.262, 0.284, 0.304, 0.326, 0.344, 0.355),
        2: (0.176, 0.191, 0.201, 0.216, 0.229, 0.244, 0.253, 0.266),
        3: (0.154, 0.167, 0.176, 0.189, 0.200, 0.217, 0.228, 0.241),
        5: (0.133, 0.144, 0.152, 0.163, 0.173, 0.186, 0.194, 0.204)},
    "mobilefacenet-v1": {
        1: (0.585, 0.649, 0.696, 0.760, 0.819, 0.899, 0.964, 0.992),
        2: (0.474, 0.525, 0.556, 0.611, 0.659, 0.720, 0.750, 0.785),
        3: (0.426, 0.469, 0.498, 0.542, 0.583, 0.642, 0.679, 0.729),
        5: (0.369, 0.407, 0.429, 0.468, 0.505, 0.551, 0.596, 0.627)},
}
"""By engine and templates: the distances that `SHARES` of visits exceed, the mean of five pictures
against the mean of the templates, mirrored, on LFW (`benchmarks/recognition.py --only fit`)."""


@dataclass(frozen=True)
class Expectation:
    """Shares of one. None where nothing is known: no table for the engine, no second templates."""

    people: int
    few_templates: int
    """People with fewer than three."""
    alikeness: float | None
    threshold: float
    """For a track, over MATCH_FRAMES_MOST frames."""
    by_templates: float | None
    """FNIR of a visit, as people at large with as many templates have it at this threshold."""
    left_out: float | None
    """FNIR of single pictures, each template being judged by the others of its person."""
    tries: int
    """How many templates that was."""


def expect(judge: Judge, gallery: Gallery, engine: str) -> Expectation:
    """For a gallery with somebody in it; `engine` is the name beside its templates."""
    counts = np.array([gallery.count(person) for person in gallery.people])
    threshold = judge.threshold(gallery)
    rate, tries = _left_out(judge, gallery, counts)
    return Expectation(len(gallery), int((counts < 3).sum()), gallery.alikeness, threshold,
                       _by_templates(GENUINE.get(engine), counts, threshold), rate, tries)


def fnir_at(distances: tuple[float, ...], threshold: float) -> float:
    """The share of visits past `threshold`, between the points of a row of `GENUINE`: straight in
    the share's logarithm. Past the last point it stays there: so few tell no more."""
    shares = np.log(SHARES)
    if threshold < distances[0]:  # towards everybody, at the slope of the first two points
        slope = (shares[1] - shares[0]) / (distances[1] - distances[0])
        return float(min(1.0, np.exp(shares[0] + slope * (threshold - distances[0]))))
    return float(np.exp(np.interp(threshold, distances, shares)))


def _by_templates(table: dict[int, tuple[float, ...]] | None, counts: np.ndarray, threshold: float) -> float | None:
    if table is None or not len(counts):
        return None
    known = np.array(sorted(table))
    rows = known[np.searchsorted(known, counts, side="right") - 1]
    return float(np.mean([fnir_at(table[int(row)], threshold) for row in rows]))


def _left_out(judge: Judge, gallery: Gallery, counts: np.ndarray) -> tuple[float | None, int]:
    """By one matrix product: a person's mean without one of their templates is the sum less that one."""
    rows = np.flatnonzero(counts[gallery.owner_rows] > 1)
    if not len(rows):
        return None, 0
    if len(rows) > _MOST:
        rows = np.random.default_rng(0).choice(rows, _MOST, replace=False)
    own = gallery.owner_rows[rows]
    left = gallery.matrix[rows]
    sums = np.zeros((len(gallery), gallery.matrix.shape[1]), np.float32)
    np.add.at(sums, gallery.owner_rows, gallery.matrix)
    others = sums[own] - left
    others /= np.maximum(np.linalg.norm(others, axis=1, keepdims=True), 1e-6)
    products = left @ gallery.means.T
    products[np.arange(len(rows)), own] = (left * others).sum(axis=1)
    found = gallery.nearest(products)
    recognised = (judge.past(found, gallery, 1) <= 0) & (found.best == own)
    return float(1 - recognised.mean()), len(rows)
