"""The start after a change of engine: it says whom nobody recognises any more."""

from __future__ import annotations

import numpy as np
import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.errors import SettingError
from backend.processes.supervisor import Supervisor


def test_the_start_says_how_many_have_to_be_enrolled_again(settings, clock) -> None:
    supervisor = Supervisor(settings, no_camera=True)
    supervisor.system = system = AttendanceSystem(parts=build(settings, clock))
    supervisor._tell_of_other_engines()
    system.journal.flush()
    with system.store.read() as unit:
        assert not [row for row in unit.logs.search("system") if row.level == "warning"]
    person = system.people.add("1001", "Alice", by="t")
    with system.store.write() as unit:
        unit.templates.add(person.uuid, np.eye(1, 128, dtype=np.float32)[0], "another-v1", {}, "upload")
    supervisor._tell_of_other_engines()
    system.journal.flush()
    with system.store.read() as unit:
        newest = unit.logs.search("system")[0]
    assert newest.level == "warning" and newest.message.startswith("1 people have faces of another engine only")
    system.close()


@pytest.mark.parametrize(("changes", "said"), [
    ({"engine": "arcface"}, "no embedder named arcface"),
    ({"engine": "sface"}, "run: python -m backend models fetch"),
    ({"detector": "yunet"}, "run: python -m backend models fetch yunet"),
])
def test_an_engine_that_is_not_there_stops_the_start_in_one_line(settings, changes, said) -> None:
    with pytest.raises(SettingError, match=said):
        Supervisor(settings.but(**changes), no_camera=True).run()
    assert not settings.data_path.exists(), "nothing was begun"
