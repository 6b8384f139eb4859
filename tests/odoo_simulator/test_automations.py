"""Automation rules that post to a webhook, in 18 before the commit and in 19 after it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from backend.odoo_simulator.errors import ValidationError

TRIGGERS = ("name", "barcode", "active", "work_email")


class Receiver(ThreadingHTTPServer):
    """Takes posts; `reading` is done while the sender waits."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.read_back: list[Any] = []
        self.reading: Callable[[], Any] = lambda: None
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?from=odoo"


class Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.headers.append(dict(self.headers))
        self.server.read_back.append(self.server.reading())
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_post_looks_as_odoo_sends_it(odoo: Any, bridge: Any, receiver: Receiver) -> None:
    odoo.automate(receiver.url, "hr.employee", TRIGGERS)
    bridge("hr.employee", "write", [3], {"name": "Brünö"})
    body = json.loads(receiver.bodies[0])
    assert body.pop("write_date").startswith("2026-03-02 08:00:00")
    assert body == {
        "_action": "Send Webhook Notification(#345)", "_id": 3, "_model": "hr.employee", "active": True,
        "company_id": 1, "department_id": 4, "id": 3, "job_title": "HR Specialist", "name": "Brünö", "tz": "UTC",
        "work_email": "emp002@example.com", "work_phone": "+1 555 0102"}
    assert b"Br\\u00fcn\\u00f6" in receiver.bodies[0] and list(body) == sorted(body)
    sent = receiver.headers[0]
    assert (sent["User-Agent"], sent["Content-Type"]) == ("python-requests/2.31.0", "application/json")
    assert {name for name in sent if name.lower().startswith(("x-", "authorization"))} == set()


def test_the_old_values_are_read_back_from_18_and_the_new_ones_from_19(
        odoo: Any, bridge: Any, user: Any, receiver: Receiver) -> None:
    other = user("admin")
    receiver.reading = lambda: other("hr.employee", "read", [3], ["name"])[0]["name"]
    odoo.automate(receiver.url, "hr.employee", TRIGGERS)
    bridge("hr.employee", "write", [3], {"name": "Renamed"})
    assert receiver.read_back == ["Bruno Keller" if odoo.version == 18 else "Renamed"]


def test_what_is_rolled_back_leaves_a_phantom_in_18_and_nothing_in_19(odoo: Any, receiver: Receiver) -> None:
    def fail(call: Any) -> None:
        raise ValueError("something later in the transaction")

    odoo.automate(receiver.url, "hr.employee", TRIGGERS)
    odoo.hooks.before_commit.append(fail)
    with pytest.raises(ValueError, match="something later"):
        odoo.run_as("admin", "hr.employee", "write", [3], {"name": "Renamed"})
    assert len(receiver.bodies) == (1 if odoo.version == 18 else 0)
    assert odoo.rows("hr.employee")[2]["name"] == "Bruno Keller"


def test_a_row_of_a_load_that_failed_is_a_phantom_too(odoo: Any, bridge: Any, receiver: Receiver) -> None:
    odoo.automate(receiver.url, "hr.attendance", ("check_in",))
    bridge.load([["x.a", "3", "2026-03-02 08:00:00", "2026-03-02 09:00:00"],
                 ["x.b", "4", "2026-03-02 08:00:00", "2026-03-02 07:00:00"]])
    assert odoo.attendances() == []
    assert len(receiver.bodies) == (1 if odoo.version == 18 else 0)


def test_how_often_a_rule_with_trigger_fields_goes_off(odoo: Any, bridge: Any) -> None:
    odoo.automate("http://127.0.0.1:9/", "hr.employee", TRIGGERS)

    def posts(act: Callable[[], Any]) -> int:
        del odoo.posts[:]
        act()
        return len(odoo.posts)

    assert posts(lambda: bridge("hr.employee", "create", {"name": "New"})) == 2
    assert posts(lambda: bridge("hr.employee", "write", [3, 4], {"barcode": False})) == 2
    assert posts(lambda: bridge("hr.employee", "write", [3], {"barcode": False})) == 0
    assert posts(lambda: bridge("hr.employee", "write", [3], {"work_phone": "1"})) == 0
    assert posts(lambda: bridge.attend(employee_id=3)) == 0
    assert posts(lambda: odoo.run_as("bridge", "hr.employee", "action_archive", [3])) == 1
    assert posts(lambda: bridge("hr.employee", "unlink", [5])) == 0


def test_without_trigger_fields_our_own_pushes_come_back_as_posts(odoo: Any, bridge: Any) -> None:
    odoo.automate("http://127.0.0.1:9/", "hr.employee")
    bridge.load([["x.a", "3", "2026-02-27 08:00:00", "2026-02-27 09:00:00"]])
    assert [post.payload["_id"] for post in odoo.posts] == [3, 3, 3]
    bridge("hr.employee", "create", {"name": "New"})
    assert len(odoo.posts) == 3 + 15


def test_a_deletion_is_told_by_a_rule_of_its_own(odoo: Any, bridge: Any, receiver: Receiver) -> None:
    odoo.automate(receiver.url, "hr.attendance", on_unlink=True)
    key = bridge.attend(employee_id=3)
    bridge("hr.attendance", "unlink", [key])
    assert [json.loads(body)["_id"] for body in receiver.bodies] == [key]


def test_a_receiver_that_fails_is_asked_once_and_the_user_never_knows(
        odoo: Any, bridge: Any, receiver: Receiver) -> None:
    receiver.status = 500
    odoo.automate(receiver.url, "hr.employee", TRIGGERS)
    odoo.automate("http://127.0.0.1:9/", "hr.employee", TRIGGERS)
    assert bridge("hr.employee", "write", [3], {"name": "Renamed"}) is True
    assert [post.status for post in odoo.posts] == [500, None] and len(receiver.bodies) == 1


def test_18_refuses_fields_that_only_some_may_see(odoo: Any) -> None:
    if odoo.version == 19:
        odoo.automate("http://127.0.0.1:9/", "hr.employee", fields=["barcode"])
        return
    with pytest.raises(ValidationError, match="Group-restricted fields"):
        odoo.automate("http://127.0.0.1:9/", "hr.employee", fields=["barcode"])
