"""Engines find faces and turn them into embeddings; all behind one protocol."""

from __future__ import annotations

from dataclasses import dataclass

from backend.config import Settings
from backend.errors import SettingError
from backend.vision.engines.protocol import Detection, Detector, Engine
from backend.vision.operating import POINTS, OperatingPoint

__all__ = ["Detection", "Detector", "Engine", "Named", "check_weights", "engine_name", "named_engine",
           "open_engine", "operating_of"]

DLIB = "dlib"
_DLIB_NAME = "dlib-resnet-v1"


def open_engine(settings: Settings | None = None) -> Engine:
    """The engine in force. Cheap: its network is loaded at the first use, once a process.

    Without `settings` nothing is kept on the disk: dlib's HOG and its own slow embedding serve.
    Raises SettingError where ENGINE names none, WeightsMissing and WeightsDamaged.
    """
    if settings is not None and settings.engine != DLIB:
        return _open_onnx(settings)
    from backend.vision.engines.dlib_resnet import DlibEngine

    if settings is None:
        return DlibEngine()
    from backend.vision.engines.detectors import models_folder, open_detector

    return DlibEngine(models_folder(settings), settings.threads, open_detector(settings))


def _open_onnx(settings: Settings) -> Engine:
    from backend.vision.engines.detectors import models_folder, open_yunet
    from backend.vision.engines.manifest import find
    from backend.vision.engines.onnx_embedder import OnnxEngine

    manifest = find(settings, settings.engine, "embedder")
    if settings.detector == "hog":
        raise SettingError(f"ENGINE={settings.engine} needs the points that YuNet tells; set DETECTOR=auto")
    return OnnxEngine(manifest, models_folder(settings), open_yunet(settings), settings.threads)


def check_weights(settings: Settings) -> None:
    """Raise SettingError, WeightsMissing or WeightsDamaged where ENGINE or DETECTOR names what is not
    there, before anything starts; loads no network."""
    if settings.engine == DLIB and settings.detector != "yunet":
        return
    from backend.vision.engines import weights
    from backend.vision.engines.detectors import models_folder
    from backend.vision.engines.manifest import find

    if settings.engine != DLIB:
        weights.read_of(find(settings, settings.engine, "embedder"), models_folder(settings))
    open_engine(settings)


def engine_name(settings: Settings) -> str:
    """The name of the engine in force, as it stands beside its templates; loads no network.

    Raises SettingError where ENGINE names none.
    """
    if settings.engine == DLIB:
        return _DLIB_NAME
    from backend.vision.engines.manifest import find

    return str(find(settings, settings.engine, "embedder").engine)


@dataclass(frozen=True)
class Named:
    """What can be known of an engine without opening it: enough for a Judge."""

    name: str
    operating: OperatingPoint


def named_engine(settings: Settings) -> Named:
    """The engine in force; loads neither network nor dlib. Raises SettingError where ENGINE names none."""
    name = engine_name(settings)
    return Named(name, operating_of(settings, name))


def operating_of(settings: Settings, engine: str) -> OperatingPoint:
    """Where the thresholds of the engine with this name (as beside a template) lie. Raises SettingError."""
    if engine in POINTS:
        return POINTS[engine]
    from backend.vision.engines.manifest import all_manifests

    for manifest in all_manifests(settings).values():
        if manifest.engine == engine and manifest.operating is not None:
            return manifest.operating
    raise SettingError(f"there is no engine {engine[:64]}; `python -m backend models list` shows those that there are")
