"""The recorded exchanges of real Odoo 18 and 19 servers, played to the simulator in order.

Played: every exchange of every wire. Left out: steps on account.* and res.partner, because
invoices, payments and partners have no place here.

Compared: HTTP status, all recorded headers, the shape and every value of the answer, fault code,
class name, and text word for word; of a traceback its last line, which holds class and message.
Record ids are compared too: failed creates must use up as many as Odoo's. Only dates written by
the server's own clock may differ.
"""

from __future__ import annotations

import http.client
import json
import re
import xmlrpc.client
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from backend.odoo_simulator import OdooSimulator

LEFT_OUT_MODELS = ("account.", "res.partner")
SERVER_DATES = ("write_date", "create_date")
PLAYED = {
    18: {"xmlrpc": 62, "http": 4, "jsonrpc": 57},
    19: {"xmlrpc": 62, "http": 4, "jsonrpc": 57, "json2": 57},
}
DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def exchanges(test_data: Path, version: int) -> list[dict[str, Any]]:
    recorded = json.loads((test_data / "odoo_transcripts" / f"odoo{version}.json").read_text("utf-8"))
    return [one for one in recorded if not finance(one)]


def finance(exchange: dict[str, Any]) -> bool:
    """Whether the exchange is a call on a model that is left out."""
    request = exchange["request"]
    return any(
        f"<string>{model}" in request["body"] or f'"{model}' in request["body"] or f"/{model}" in request["path"]
        for model in LEFT_OUT_MODELS
    )


@pytest.fixture(params=[18, 19])
def odoo(request: pytest.FixtureRequest) -> Iterator[OdooSimulator]:
    with OdooSimulator(version=request.param) as simulator:
        yield simulator


def with_keys(odoo: OdooSimulator, body: str) -> str:
    """The recording names keys as KEY_<user>."""
    body = body.replace("KEY_admin_expired", odoo.expired_key)
    return re.sub(r"KEY_(\w+)", lambda named: odoo.api_key(named.group(1)), body)


def send(odoo: OdooSimulator, request: dict[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection(urlsplit(odoo.url).netloc, timeout=10)
    try:
        body = with_keys(odoo, request["body"]).encode()
        headers = {name: with_keys(odoo, value) for name, value in request["headers"].items()}
        connection.request(request["method"], request["path"], body, headers)
        answer = connection.getresponse()
        return {"status": answer.status, "headers": dict(answer.getheaders()), "body": answer.read().decode()}
    finally:
        connection.close()


def content(answer: dict[str, Any]) -> Any:
    """What an answer says, without the server's own dates and its traceback's inner lines."""
    kind = answer["headers"]["Content-Type"]
    if kind.startswith("application/json"):
        return undated(json.loads(answer["body"]))
    if not kind.startswith("text/xml"):
        text = answer["body"].strip()
        return text if "<" not in text else answer["headers"].get("Location", "a page")
    try:
        return undated(xmlrpc.client.loads(answer["body"])[0][0])
    except xmlrpc.client.Fault as fault:
        return {"fault": fault.faultCode, "text": last_line(str(fault.faultString))}


def last_line(text: str) -> str:
    """Of a traceback the last of the lines that name the error; any other text as it is."""
    text = text.replace('"127.0.0.1"', '"HOST"')
    return text.rstrip().splitlines()[-1] if text.startswith("Traceback (most recent call last):") else text


def undated(value: Any) -> Any:
    if isinstance(value, list):
        return [undated(one) for one in value]
    if isinstance(value, dict):
        return {
            key: "a date" if key in SERVER_DATES and DATE.fullmatch(str(one)) else undated(one)
            for key, one in value.items()
        }
    if isinstance(value, str):
        return last_line(value)
    # To Python True is 1, on the wire it is not.
    return f"boolean {value}" if isinstance(value, bool) else value


def test_every_recorded_exchange_is_answered_as_the_real_server_did(test_data: Path, odoo: OdooSimulator) -> None:
    played = exchanges(test_data, odoo.version)
    for exchange in played:
        recorded, answer = exchange["response"], send(odoo, exchange["request"])
        step = f"{odoo.version}: {exchange['step']}"
        assert answer["status"] == recorded["status"], step
        for name, value in recorded["headers"].items():
            assert answer["headers"][name] == value, step
        assert content(answer) == content(recorded), step
    assert Counter(one["transport"] for one in played) == PLAYED[odoo.version]


def test_the_steps_left_out_are_only_those_of_finance(test_data: Path) -> None:
    for version, wires in ((18, ["xmlrpc", "jsonrpc"]), (19, ["xmlrpc", "jsonrpc", "json2"])):
        recorded = json.loads((test_data / "odoo_transcripts" / f"odoo{version}.json").read_text("utf-8"))
        left_out = [(one["transport"], one["step"]) for one in recorded if one not in exchanges(test_data, version)]
        assert left_out == [
            (wire, step) for wire in wires for step in ("moves", "payments", "partners", "moves as bridge user")
        ]


def test_the_body_looks_as_odoo_writes_it(test_data: Path, odoo: OdooSimulator) -> None:
    first = exchanges(test_data, odoo.version)[0]
    squeezed = [re.sub(r"\s+", "", body) for body in (send(odoo, first["request"])["body"], first["response"]["body"])]
    assert squeezed[0] == squeezed[1]
