"""Pictures out of a request: base64, data URLs, multipart, or the bare file."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from flask import Request

from backend.config import Settings
from backend.errors import BadInput
from backend.web.errors import InvalidFields
from backend.web.requests import WrongMediaType
from backend.web.schemas.people import RegisterFace

MOST_PICTURES = 20

_DATA_URL = re.compile(r"data:[\w.+-]*/?[\w.+-]*(?:;[\w.+=-]+)*;base64,", re.IGNORECASE | re.ASCII)


class UnreadablePicture(BadInput):
    """What was sent as a picture is none."""

    code = "unreadable_image"


@dataclass(frozen=True)
class Pictures:
    """What a register-face request asks for; `files` are undecoded picture files."""

    files: list[bytes]
    consent: bool
    force: bool
    allow_duplicate: bool = False
    reason: str | None = None


def decode_base64(text: str, settings: Settings) -> bytes:
    """The bytes of base64 or a data URL; raises UnreadablePicture, or BadInput where it is too long."""
    if text[:5].lower() == "data:":
        head = _DATA_URL.match(text[:200])
        if head is None:
            raise UnreadablePicture("The data URL holds no base64: it must begin like data:image/jpeg;base64,")
        text = text[head.end():]
    if len(text) > settings.max_image_bytes * 4 / 3 + 1000:
        raise _too_large(settings)
    try:
        # Line breaks are usual in base64, other foreign characters are not.
        data = base64.b64decode(re.sub(r"\s+", "", text).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise UnreadablePicture("The picture is not base64. Send the file's bytes as base64 or as a data URL."
                                ) from None
    return _checked(data, settings)


def _checked(data: bytes, settings: Settings) -> bytes:
    if not data:
        raise UnreadablePicture("The picture is empty.")
    if len(data) > settings.max_image_bytes:
        raise _too_large(settings)
    return data


def _too_large(settings: Settings) -> BadInput:
    return BadInput(f"The picture is too large: at most {settings.max_image_bytes} bytes are taken "
                    "(MAX_IMAGE_BYTES).", code="image_too_large")


def pictures_of(request: Request, settings: Settings) -> Pictures:
    """The pictures of a register-face request, JSON or multipart."""
    if request.mimetype == "multipart/form-data":
        files = [_checked(file.read(), settings) for _, file in request.files.items(multi=True)]
        form = request.form
        return _some(Pictures(files, _ticked(form.get("consent")), _ticked(form.get("force_update")),
                              _ticked(form.get("allow_duplicate_person")), form.get("reason")))
    if request.mimetype and not request.is_json:
        raise WrongMediaType("Send the pictures as application/json or multipart/form-data.")
    from pydantic import ValidationError

    try:
        body = RegisterFace.model_validate(request.get_json())
    except ValidationError as problem:
        raise InvalidFields(problem) from None
    texts = [body.image] if body.image is not None else []
    texts += body.images or []
    return _some(Pictures([decode_base64(text, settings) for text in texts[:MOST_PICTURES + 1]],
                          body.consent, body.force_update, body.allow_duplicate_person, body.reason))


def _some(pictures: Pictures) -> Pictures:
    if not pictures.files:
        raise BadInput("There is no picture: send `image` or `images` (base64), or a file as multipart.",
                       code="no_image")
    if len(pictures.files) > MOST_PICTURES:
        raise BadInput(f"At most {MOST_PICTURES} pictures are taken at once.", code="too_many_images")
    return pictures


def _ticked(value: str | None) -> bool:
    return (value or "").strip().lower() in ("true", "1", "yes", "on")


def frame_of(request: Request, settings: Settings) -> bytes:
    """The one picture of a camera frame: the bare file, multipart, or JSON with `image`."""
    if request.mimetype.startswith("image/") or request.mimetype == "application/octet-stream":
        return _checked(request.get_data(cache=False), settings)
    if request.mimetype == "multipart/form-data":
        file = next(iter(request.files.values()), None)
        return _checked(file.read() if file else b"", settings)
    if request.mimetype and not request.is_json:
        raise WrongMediaType("Send the frame as image/jpeg.")
    body = request.get_json()
    image = body.get("image") if isinstance(body, dict) else None
    if not isinstance(image, str):
        raise BadInput("There is no picture: send the frame as image/jpeg.", code="no_image")
    return decode_base64(image, settings)
