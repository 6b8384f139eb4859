"""What may be shown of a camera's address."""

from __future__ import annotations

import pytest

from backend.vision.sources.naming import without_password


@pytest.mark.parametrize("address", [
    "rtsp://user:secret@host/live",
    "rtsp://user:a/secret@host/live",
    "rtsp://user:a?secret@host/live",
    "http://host/video?user=admin&password=secret",
])
def test_no_password_is_shown(address: str) -> None:
    shown = without_password(address)
    assert "secret" not in shown
    assert "host" in shown


def test_an_address_without_a_password_is_shown_whole() -> None:
    assert without_password("rtsp://host:554/live") == "rtsp://host:554/live"
