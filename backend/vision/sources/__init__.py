"""Where frames come from: live cameras and streams, video files, folders of pictures.

`parse` says what a text means, before anything is opened that might hang.
"""

from backend.vision.sources.naming import Spec, parse
from backend.vision.sources.protocol import Reader

__all__ = ["Reader", "Spec", "parse"]
