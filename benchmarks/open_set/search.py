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
    """Median milliseconds of this thread's CPU for a search by one probe and by a track of five, and for
    the product of a (10,000, 128) matrix with one vector and with five; `ratio` and `ratio_of_five` are
    search over product.

    They take turns, so that a busy machine slows them alike.
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
                                             "one_product": lambda: gallery.means @ probe,
                                             "product_of_five": lambda: five[0] @ gallery.means.T}
    spent: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, call in work.items():
            begun = time.thread_time_ns()
            call()
            spent[name].append((time.thread_time_ns() - begun) / 1e6)
    found = {name: statistics.median(times) for name, times in spent.items()}
    return {**found, "ratio": found["one_probe"] / found["one_product"],
            "ratio_of_five": found["track_of_five"] / found["product_of_five"]}


def printed(found: dict[str, float]) -> str:
    return (f"{TEMPLATES} templates of {DIMENSION} numbers: one probe {found['one_probe']:.3f} ms, its matrix product "
            f"{found['one_product']:.3f} ms, ratio {found['ratio']:.2f}; a track of five "
            f"{found['track_of_five']:.3f} ms, its product {found['product_of_five']:.3f} ms, "
            f"ratio {found['ratio_of_five']:.2f}")
