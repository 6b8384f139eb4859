"""What a search of 10,000 templates costs, against one float32 matrix product of the same size; and what
one thread for such a product is worth where other programs want the cores."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import numpy as np
from threadpoolctl import threadpool_limits

from backend.vision.gallery import Gallery

TEMPLATES = 10_000
DIMENSION = 128
ROUNDS = 300
PEOPLE = 1000
PAUSE = 0.02   # seconds between two searches beside others, as between a camera's frames


def measure() -> dict[str, float]:
    """Median milliseconds of this thread's CPU for a search by one probe and by a track of five, and for
    the product of a (10,000, 128) matrix with one vector and with five; `ratio` and `ratio_of_five` are
    search over product.

    They take turns, so that a busy machine slows them alike.
    """
    gallery, vectors = _gallery(TEMPLATES)
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
            "ratio_of_five": found["track_of_five"] / found["product_of_five"], **beside_others()}


def beside_others() -> dict[str, float]:
    """Median milliseconds of this process's CPU for a search of 1,000 people by a track of five, while every
    core is wanted by another process: with a thread for each core, as numpy would have it, and with one."""
    gallery, vectors = _gallery(PEOPLE)
    five = vectors[None, :5].copy()
    spent: dict[str, list[float]] = {"a_thread_a_core": [], "one_thread": []}
    with _others(os.cpu_count() or 1):
        for _ in range(ROUNDS // 3):
            for name, threads in (("a_thread_a_core", os.cpu_count()), ("one_thread", 1)):
                with threadpool_limits(threads, user_api="blas"):
                    time.sleep(PAUSE)
                    begun = time.process_time_ns()
                    gallery.search(five)
                    spent[name].append((time.process_time_ns() - begun) / 1e6)
    found = {name: statistics.median(times) for name, times in spent.items()}
    return {**found, "ratio_of_threads": found["a_thread_a_core"] / found["one_thread"]}


def _gallery(people: int) -> tuple[Gallery, np.ndarray]:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(people, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = [UUID(int=number) for number in range(people)]
    return Gallery(vectors, names, names), vectors


@contextmanager
def _others(count: int) -> Iterator[None]:
    """`count` processes that do nothing but keep a core busy."""
    busy = [multiprocessing.get_context("spawn").Process(target=_spin, daemon=True) for _ in range(count)]
    for process in busy:
        process.start()
    time.sleep(1.0)
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.join()


def _spin() -> None:
    while True:
        pass


def printed(found: dict[str, float]) -> str:
    return (f"{TEMPLATES} templates of {DIMENSION} numbers: one probe {found['one_probe']:.3f} ms, its matrix product "
            f"{found['one_product']:.3f} ms, ratio {found['ratio']:.2f}; a track of five "
            f"{found['track_of_five']:.3f} ms, its product {found['product_of_five']:.3f} ms, "
            f"ratio {found['ratio_of_five']:.2f}\n"
            f"{PEOPLE} people, a track of five, all cores wanted by others: a thread a core "
            f"{found['a_thread_a_core']:.2f} ms, one thread {found['one_thread']:.2f} ms, "
            f"ratio {found['ratio_of_threads']:.1f}")
