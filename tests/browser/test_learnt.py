"""The faces page says who should be enrolled anew, and forgets what was learnt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from backend.attendance import Direction, Punch, Source
from backend.desks.reading import new_uuid
from tests.browser.conftest import Site

pytestmark = pytest.mark.chromium

ENGINE = "dlib-resnet-v1"


def test_new_pictures_are_advised_and_what_was_learnt_is_forgotten(site: Site, anna: str,
                                                                 visit: Callable[..., Any]) -> None:
    person = site.system.people.add("1001", "Alice Ämter", by="test").uuid
    now, vector = site.system.clock(), np.eye(128, dtype=np.float32)[0]
    with site.system.store.write() as unit:
        unit.consents.give(person, "1", "test")
        unit.templates.add(person, vector, ENGINE, {}, "upload")
        unit.templates.add(person, vector, ENGINE, {}, "adaptive", punch=uuid4())
        for second in range(12):
            at = now.replace(microsecond=0) - timedelta(seconds=second)
            unit.punches.insert(Punch(
                uuid=new_uuid(), person=person, at=at, received_at=at, device="door", source=Source.face,
                direction=Direction.auto, confidence=0.6, distance=0.4))
    browser = visit(site.url)
    browser.log_in(anna)
    browser.go("/faces.html")
    browser.see("Enrol anew", "#people")
    browser.press('[data-person="1001"]')
    browser.see("New pictures are advised", "#person")
    browser.see("1 picture was learnt at the door", "#person")
    browser.press('[data-focus="forget-learnt"]')
    browser.press('dialog [value="yes"]')
    browser.wait(lambda _: len(site.system.faces.list("1001")) == 1, "what was learnt is still there")
    browser.wait(lambda driver: "learnt at the door" not in driver.find_element("id", "person").text, "still shown")
    assert browser.complaints() == []
