"""JSON that is refused before any code of ours sees it."""

from __future__ import annotations

import pytest

from backend.web.requests import MAX_DEPTH, BadJson, parse


def test_plain_json_is_taken() -> None:
    assert parse('{"name": "Zoë", "n": 1.5, "list": [true, null]}'.encode()) == {
        "name": "Zoë", "n": 1.5, "list": [True, None]}


@pytest.mark.parametrize(("body", "why"), [
    (b"{", "not JSON"),
    (b"{'a': 1}", "not JSON"),
    (b"\xff\xfe", "not UTF-8"),
    ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
    (b'"text"', "must be a JSON object"),
    (b"7", "must be a JSON object"),
    (b"null", "must be a JSON object"),
    (b'{"a": NaN}', "NaN"),
    (b'{"a": -Infinity}', "Infinity"),
    (b'{"a": 1e999}', "too large"),
    (b'{"a": 9007199254740992}', "too large"),
    (b'{"a": ' + b"9" * 5000 + b"}", "too long"),
    (b'{"a": "\\ud800"}', "surrogate"),
    (b'{"\\udfff": 1}', "surrogate"),
    (b'{"a": "\\u0000"}', "zero character"),
    (b"[" * 40_000, "nested"),
    (b"[" * 40_000 + b"]" * 40_000, "nested"),
    (b"[" + b"[]," * 1_000_000 + b"[]]", "more than 50000 values"),
    (b'{"a":' * 500 + b"1" + b"}" * 500, "nested"),
])
def test_odd_json_is_refused_with_a_reason(body: bytes, why: str) -> None:
    with pytest.raises(BadJson, match=why) as refused:
        parse(body)
    assert refused.value.status == 400


def test_the_depth_that_is_allowed_is_allowed() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(BadJson):
        parse(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))
