"""What the text of a camera source means: an index, an address, a file or a folder."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from backend.config import PROJECT_ROOT
from backend.vision.errors import BadCameraSource
from backend.vision.sources.live import LiveReader
from backend.vision.sources.protocol import Reader
from backend.vision.sources.recorded import FolderReader, VideoReader, is_video, pictures_in

_SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https")
_WANTED = ("Give a webcam's index (0), an rtsp:// or http:// address, a video file or a folder of "
           "pictures.")


@dataclass(frozen=True)
class Spec:
    """A source that makes sense: `kind` is webcam, stream, video or pictures."""

    kind: str
    shown: str
    """Its name for people, without a password."""
    open: Callable[[bool, threading.Event], Reader]
    """`open(loop, stopping)`; the event ends a wait between two frames."""


def parse(text: str) -> Spec:
    """What `text` names. Raises BadCameraSource with a line that says what would be right."""
    text = text.strip()
    if not text or "\0" in text:
        raise BadCameraSource(f"The camera source is empty or unreadable. {_WANTED}")
    if re.fullmatch(r"[0-9]{1,3}", text):
        return Spec("webcam", f"webcam {int(text)}", lambda loop, stopping: LiveReader(int(text)))
    if "://" in text:
        return _stream(text)
    return _on_disk(text, (PROJECT_ROOT / Path(text).expanduser()).resolve())


def without_password(address: str) -> str:
    """The address with user and password replaced by asterisks, and what follows `?` too."""
    # Up to the last @: a password may hold slashes and question marks.
    bare = re.sub(r"://.*@", "://***@", address)
    return re.sub(r"\?.*", "?***", bare)


def _stream(text: str) -> Spec:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # the port raises where it is no number
    except ValueError as error:
        raise BadCameraSource(f"The camera's address cannot be read: {error}.") from None
    if parts.scheme.lower() not in _SCHEMES:
        raise BadCameraSource(f"{parts.scheme}:// is no kind of camera that can be read. {_WANTED}")
    if not host:
        raise BadCameraSource(f"The camera's address {text!r} names no host.")
    shown = without_password(text)
    return Spec("stream", shown, lambda loop, stopping: LiveReader(text, shown))


def _on_disk(text: str, path: Path) -> Spec:
    try:
        return _spec_of(text, path)
    except OSError as error:
        raise BadCameraSource(f"The camera source {text!r} cannot be read: {error.strerror}.") from None


def _spec_of(text: str, path: Path) -> Spec:
    if path.is_char_device():
        return Spec("webcam", str(path), lambda loop, stopping: LiveReader(str(path)))
    if not path.exists():
        raise BadCameraSource(f"There is no camera, file or folder {text!r} (looked at {path}). {_WANTED}")
    if pictures_in(path):
        return Spec("pictures", str(path), lambda loop, stopping: FolderReader(path, loop, stopping))
    if path.is_dir():
        raise BadCameraSource(f"The folder {path} holds no pictures (JPEG, PNG, WebP or BMP).")
    if not is_video(path):
        raise BadCameraSource(f"{path} is no video that can be played, nor a picture. {_WANTED}")
    return Spec("video", str(path), lambda loop, stopping: VideoReader(path, loop, stopping))
