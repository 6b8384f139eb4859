"""Pictures as they come in a request."""

from __future__ import annotations

import base64

import pytest

from backend.config import Settings
from backend.errors import BadInput
from backend.web.images import decode_base64

PICTURE = b"\xff\xd8 not really a picture \x00\x01"


def test_base64_and_data_urls_are_the_same(settings: Settings) -> None:
    plain = base64.b64encode(PICTURE).decode()
    assert decode_base64(plain, settings) == PICTURE
    assert decode_base64(f"data:image/jpeg;base64,{plain}", settings) == PICTURE
    assert decode_base64(f"data:image/png;charset=utf-8;base64,{plain}", settings) == PICTURE
    assert decode_base64("\r\n".join(plain[i:i + 8] for i in range(0, len(plain), 8)), settings) == PICTURE


@pytest.mark.parametrize("text", ["", "%%%", "abc", "bild.jpg", "Zoë", "data:image/jpeg,raw",
                                  "data:image/jpeg;base64,", "data:" + "x" * 10_000])
def test_what_is_no_base64_is_unreadable(settings: Settings, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        decode_base64(text, settings)
    assert (refused.value.status, refused.value.code) == (422, "unreadable_image")


def test_a_picture_of_too_many_bytes_is_refused_before_it_is_decoded(settings: Settings) -> None:
    small = settings.but(max_image_bytes=10_000)
    with pytest.raises(BadInput) as refused:
        decode_base64("A" * 20_000, small)
    assert refused.value.code == "image_too_large"
