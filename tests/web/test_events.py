"""Live events over a real socket: resumed, kept alive, bounded."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator

import pytest

from backend.config import Settings
from backend.web import streams
from backend.web.feed import EventFeed


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    return settings.but(max_streams=2)


class Stream:
    """One reader of /events."""

    def __init__(self, served, key: str, path: str = "/api/v1/events", **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        self.connection.request("GET", path, headers={"X-API-Key": key, **headers})
        self.response = self.connection.getresponse()

    def messages(self) -> Iterator[dict[str, str]]:
        """Each message as its fields; a comment has the field `comment`."""
        fields: dict[str, str] = {}
        while line := self.response.readline().decode():
            name, _, value = line.rstrip("\n").partition(":")
            if line != "\n":
                fields[name or "comment"] = value.strip()
            elif fields:
                yield fields
                fields = {}

    def next(self, kind: str = "event") -> dict[str, str]:
        return next(message for message in self.messages() if kind in message)

    def close(self) -> None:
        self.response.close()
        self.connection.close()


@pytest.fixture
def follow(served, as_):
    key = as_("attendance:read").key
    opened: list[Stream] = []

    def start(**how: str) -> Stream:
        opened.append(Stream(served, key, **how))
        return opened[-1]

    yield start
    for stream in opened:
        stream.close()


def test_what_happens_is_told_as_it_happens(follow, system, alice) -> None:
    stream = follow()
    assert stream.response.status == 200
    assert stream.response.headers["Content-Type"].startswith("text/event-stream")
    system.attendance.mark(alice)
    began = time.monotonic()
    message = stream.next()
    assert message["event"] == "attendance"
    payload = json.loads(message["data"])
    assert (payload["action"], payload["person_id"], payload["at"]) == (
        "check_in", alice, "2026-03-02T09:00:00+01:00")
    assert time.monotonic() - began < 10


def test_a_new_stream_begins_with_what_is_new(follow, system, alice, bob) -> None:
    system.attendance.mark(alice)
    stream = follow()
    system.attendance.mark(bob)
    assert json.loads(stream.next()["data"])["person_id"] == bob


@pytest.mark.parametrize("by_header", [True, False])
def test_a_stream_resumes_where_it_broke_off(follow, system, alice, bob, by_header: bool) -> None:
    first = follow()
    system.attendance.mark(alice)
    last = first.next()["id"]
    first.close()
    system.attendance.mark(bob)  # while nobody listens
    again = follow(**{"Last-Event-ID": last}) if by_header else follow(path=f"/api/v1/events?last_event_id={last}")
    message = again.next()
    assert int(message["id"]) > int(last)
    assert json.loads(message["data"])["person_id"] == bob


def test_from_the_very_beginning(follow, system, alice) -> None:
    system.attendance.mark(alice)
    assert json.loads(follow(path="/api/v1/events?last_event_id=0").next()["data"])["person_id"] == alice


def test_a_silent_stream_says_that_it_is_there(follow, monkeypatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT", 0.3)
    assert follow().next("comment") == {"comment": "still here"}


def test_no_more_streams_than_max_streams(follow, monkeypatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT", 0.2)  # only a stream that speaks notices that nobody hears
    held = [follow(), follow()]
    refused = follow()
    assert refused.response.status == 503
    assert json.loads(refused.response.read())["code"] == "too_many_streams"
    assert refused.response.headers["Retry-After"]
    for stream in held:
        stream.close()
    deadline = time.monotonic() + 15
    while (again := follow()).response.status != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert again.response.status == 200  # a place is given back when a reader goes away


def test_streams_end_when_the_server_stops(follow, served) -> None:
    stream = follow()
    began = time.monotonic()
    served.stop()
    assert list(stream.messages()) is not None
    assert time.monotonic() - began < 20


def test_many_readers_cost_one_look_at_the_database(system, alice) -> None:
    looks = []

    class Counting:
        newest_event = staticmethod(system.journal.newest_event)

        @staticmethod
        def events_since(event_id: int, limit: int):
            looks.append(event_id)
            return system.journal.events_since(event_id, limit)

    feed = EventFeed(Counting)
    start = feed.newest()
    system.attendance.mark(alice)
    time.sleep(0.25)
    looks.clear()
    assert all(len(feed.after(start)) == 1 for _ in range(50))
    assert len(looks) <= 4


def test_a_revoked_key_loses_its_stream(follow, system, monkeypatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT", 0.1)
    monkeypatch.setattr(streams, "RECHECK", 0.1)
    stream = follow()
    stream.next("comment")
    for key in system.access.list_keys():
        system.access.revoke_key(key.id)
    deadline = time.monotonic() + 10
    for _ in stream.messages():
        assert time.monotonic() < deadline, "the stream does not end"
