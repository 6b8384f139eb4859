"""The soak of the camera's loop: it has to notice memory that grows, and to forgive what does not."""

from __future__ import annotations

import numpy as np

from benchmarks.soak_video import MOST_GROWTH, _growth

FRAMES = 864_000
AT = [(number, FRAMES * number // 240) for number in range(240)]


def test_a_frame_kept_now_and_then_is_found_out():
    leaking = [(frame, 300.0 + frame / 10_000 * 0.9) for _, frame in AT]  # one frame of 0.9 MB in ten thousand
    assert _growth(leaking, FRAMES) > MOST_GROWTH


def test_caches_that_fill_at_first_and_noise_are_no_growth():
    noise = np.random.default_rng(0).normal(0, 1.5, 240)
    steady = [(frame, 300.0 + min(40.0, number) + noise[number]) for number, frame in AT]
    assert abs(_growth(steady, FRAMES)) < MOST_GROWTH / 4
