"""Connections, runs of the bridge, devices and remembered values."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.store.errors import SyncRunning


def test_the_password_of_odoo_is_sealed_and_kept_unless_a_new_one_is_given(store):
    with store.write() as unit:
        unit.connections.save(url="https://odoo.test", db="odoo", username="bridge", secret="geheim")
        unit.connections.save(url="https://odoo2.test", db="odoo", username="bridge")
        unit.connections.remember(cursor="2026-03-01")
        unit.connections.remember(version="17.0")
    with store.read() as unit:
        saved = unit.connections.get()
        assert (saved.url, saved.secret, saved.secret_kind) == ("https://odoo2.test", "geheim", "password")
        assert saved.state == {"cursor": "2026-03-01", "version": "17.0"}
        assert "geheim" not in repr(saved)
        blob = unit.connection.execute(text("SELECT sealed_secret FROM connections")).scalar()
        assert b"geheim" not in bytes(blob)
    with store.write() as unit:
        unit.connections.clear()
        assert unit.connections.get().secret is None


def test_one_run_at_a_time(store):
    with store.write() as unit:
        run = unit.sync_runs.start("pull", {"full": True})
    with pytest.raises(SyncRunning) as refused, store.write() as unit:
        unit.sync_runs.start("push")
    assert refused.value.details["run_id"] == run
    with store.write() as unit:
        unit.sync_runs.finish(run, success=True, message="Synced 25 employees", result={"added": 20})
        assert unit.sync_runs.start("push") > run
    with store.read() as unit:
        assert unit.sync_runs.get(run).result == {"added": 20}
        assert unit.sync_runs.last().id == unit.sync_runs.last("pull").id == run
        assert unit.sync_runs.last("push") is None
        assert [one.kind for one in unit.sync_runs.list()] == ["push", "pull"]


def test_a_run_whose_process_died_is_given_up(store, clock):
    with store.write() as unit:
        dead = unit.sync_runs.start("pull", lease=timedelta(minutes=5))
    clock.move(minutes=4)
    with store.write() as unit:
        assert unit.sync_runs.touch(dead, timedelta(minutes=5))
    clock.move(minutes=6)
    with store.write() as unit:
        unit.sync_runs.start("pull")
        assert unit.sync_runs.get(dead).state == "abandoned"
        assert not unit.sync_runs.touch(dead)


def test_a_camera_has_one_worker(store, clock):
    length = timedelta(seconds=10)
    with store.write() as unit:
        unit.devices.upsert("door", source="rtsp://cam:secret@10.0.0.5/1")
        assert unit.devices.take_lease("door", "worker-1", length)
        assert unit.devices.take_lease("door", "worker-1", length)
        assert not unit.devices.take_lease("door", "worker-2", length)
        assert not unit.devices.take_lease("nowhere", "worker-1", length)
    clock.move(seconds=11)
    with store.write() as unit:
        assert unit.devices.take_lease("door", "worker-2", length)
        assert not unit.devices.renew_lease("door", "worker-1", length)
        assert unit.devices.renew_lease("door", "worker-2", length)
        unit.devices.release_lease("door", "worker-2")
        assert unit.devices.take_lease("door", "worker-3", length)


def test_a_camera_s_address_is_sealed_and_changed_in_place(store):
    with store.write() as unit:
        unit.devices.upsert("door", name="Front door", source="rtsp://cam:secret@10.0.0.5/1")
        unit.devices.upsert("tablet", kind="browser")
        device = unit.devices.upsert("door", name="Front door", source="0", options={"fps": 5})
        assert (device.source, device.options, device.name) == ("0", {"fps": 5}, "Front door")
        assert [one.id for one in unit.devices.list(kind="camera", enabled=True)] == ["door"]
        unit.devices.enable("door", False)
        assert unit.devices.list(kind="camera", enabled=True) == []
        unit.devices.upsert("door", source="rtsp://cam:secret@10.0.0.5/1")
        assert "secret" not in repr(unit.devices.get("door"))
        blob = unit.connection.execute(
            text("SELECT sealed_source FROM devices WHERE id = 'door'")).scalar()
        assert b"secret" not in bytes(blob)


def test_values_and_secrets_are_remembered_by_key(store):
    with store.write() as unit:
        unit.config.set("kiosk.greeting", {"nl": "Goedemorgen"})
        unit.config.set_secret("hook.secret", "s3cret")
        assert unit.config.get("kiosk.greeting") == {"nl": "Goedemorgen"}
        assert unit.config.get_secret("hook.secret") == "s3cret"
        assert unit.config.get("hook.secret", "nothing in the clear") == "nothing in the clear"
        assert unit.config.keys("kiosk.") == ["kiosk.greeting"]
        assert unit.config.delete("kiosk.greeting")
        assert not unit.config.delete("kiosk.greeting")


def test_the_first_site_takes_the_zone_of_the_settings(store):
    with store.write() as unit:
        (site,) = unit.sites.all()
        assert site.zone is None
        unit.sites.change_zone(site.id, "Europe/Brussels")
        assert unit.sites.all()[0].zone == "Europe/Brussels"
