"""What FNIR a gallery may expect: from what was measured, and from its own templates."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.vision.decide import Judge
from backend.vision.expected import GENUINE, SHARES, expect, fnir_at
from backend.vision.gallery import Gallery
from tests.vision.test_sequence import crowd, enrolled, pictures

ROW = GENUINE["dlib-resnet-v1"][3]


@pytest.mark.parametrize(("distance", "share"), list(zip(ROW, SHARES, strict=True)))
def test_the_table_is_met_at_its_points(distance, share):
    assert fnir_at(ROW, distance) == pytest.approx(share, rel=1e-6)


@given(st.floats(0.05, 0.5), st.floats(0.0, 0.1))
def test_a_laxer_threshold_never_expects_more_refusals(threshold, more):
    here = fnir_at(ROW, threshold)
    assert 0 < fnir_at(ROW, threshold + more) <= here <= 1


def test_more_templates_promise_fewer_refusals(settings, engine):
    judge = Judge(settings, engine)
    rng = np.random.default_rng(1)
    people = crowd(rng, 100)
    rates = [expect(judge, enrolled(rng, people, templates), engine.name).by_templates for templates in (1, 2, 3, 5)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 0.05 > rates[-1]


def test_left_out_templates_are_judged_by_the_others_of_their_person(settings, engine):
    judge = Judge(settings, engine)
    rng = np.random.default_rng(2)
    people = crowd(rng, 20)
    matrix = pictures(rng, people, 3)
    matrix[4, 2] = matrix[9, 0]  # somebody else's picture among a person's own
    owners = [UUID(int=number) for number in range(20) for _ in range(3)]
    gallery = Gallery(matrix.reshape(-1, 128), owners, owners)
    found = expect(judge, gallery, engine.name)
    refused = 0
    for row, owner in enumerate(owners):
        keep = np.arange(60) != row
        without = Gallery(gallery.matrix[keep], [o for i, o in enumerate(owners) if keep[i]],
                          [o for i, o in enumerate(owners) if keep[i]])
        probe = without.search(gallery.matrix[row][None, None])
        past = judge.past(probe, gallery, 1)  # at the whole gallery's threshold
        refused += not (past[0] <= 0 and without.people[probe.best[0]] == owner)
    assert (found.left_out, found.tries) == (pytest.approx(refused / 60), 60)
    assert refused >= 1


def test_one_template_each_says_nothing_of_the_site_itself(settings, engine):
    rng = np.random.default_rng(3)
    found = expect(Judge(settings, engine), enrolled(rng, crowd(rng, 5), 1), engine.name)
    assert (found.left_out, found.tries, found.few_templates) == (None, 0, 5)


def test_an_engine_without_figures_promises_nothing(settings, engine):
    rng = np.random.default_rng(4)
    assert expect(Judge(settings, engine), enrolled(rng, crowd(rng, 5)), "unheard-of").by_templates is None
