"""What a search of 10,000 templates costs, against one float32 matrix product of the same size."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from uuid import UUID

import numpy as np

from backend.vision.gallery import Gallery

TEMPLATES = 10_000
DIMENSION = 128
ROUNDS = 300


def measure() -> dict[str, float]:
    """Median milliseconds of this thread's CPU for a search by one probe, by a track of five, and for
    the product of a (10,000, 128) matrix with one vector; `ratio` is the first over the last.

    The three take turns, so that a busy machine slows them alike.
    """
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(TEMPLATES, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    people = [UUID(int=number) for number in range(TEMPLATES)]
    gallery = Gallery(vectors, people, people)
    one, five = vectors[:1, None].copy(), vectors[None, :5].copy()
    probe = vectors[7].copy()
    work: dict[str, Callable[[], object]] = {"one_probe": lambda: gallery.search(one),
                                             "track_of_five": lambda: gallery.search(five),
                                             "one_product": lambda: gallery.means @ probe}
    spent: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, call in work.items():
            begun = time.thread_time_ns()
            call()
            spent[name].append((time.thread_time_ns() - begun) / 1e6)
    found = {name: statistics.median(times) for name, times in spent.items()}
    return {**found, "ratio": found["one_probe"] / found["one_product"]}


def printed(found: dict[str, float]) -> str:
    return (f"{TEMPLATES} templates of {DIMENSION} numbers: search by one probe {found['one_probe']:.3f} ms, by a "
            f"track of five {found['track_of_five']:.3f} ms; one matrix product {found['one_product']:.3f} ms; "
            f"ratio {found['ratio']:.2f}")
