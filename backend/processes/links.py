"""What a child process is told of the others: where the vision service listens, where previews lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from backend.config import Settings
from backend.vision.client import RemotePictures
from backend.vision.preview import PreviewReader, preview_path


@dataclass(frozen=True)
class Links:
    """Picklable; made once by the supervisor, true for as long as it lives.

    `vision_address` is a socket path (a named pipe on Windows) that stays the same when the
    service is started anew; `folder` holds one preview file a camera device; `instance` tells
    two runs apart, for leases; `cameras` is False where the program was started without any.
    """

    vision_address: str
    authkey: bytes = field(repr=False)
    folder: Path
    instance: str
    cameras: bool = True

    def pictures(self, settings: Settings) -> RemotePictures:
        """The vision service as seen from this process: build one, share it between threads."""
        return RemotePictures(self.vision_address, self.authkey, settings)

    def preview(self, device: str) -> PreviewReader:
        """The newest picture and the status of the camera device with this id.

        May be asked for before the camera's worker has started; it then holds nothing yet.
        """
        return PreviewReader(preview_path(self.folder, device))
