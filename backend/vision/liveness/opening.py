"""Opens what LIVENESS asks for, and says in one line what it lacks."""

from __future__ import annotations

import random

from backend.config import Settings
from backend.errors import SettingError
from backend.vision.engines import Engine, manifest, weights
from backend.vision.engines.detectors import models_folder
from backend.vision.engines.yunet import YuNet
from backend.vision.liveness.passive import MiniFASNet
from backend.vision.liveness.watch import Liveness, Scorer

PASSIVE = frozenset({"passive", "both"})
CHALLENGE = frozenset({"challenge", "both"})
_TEXTURE, _POINTS = "minifasnet", "yunet"
"""Names of the manifests in `backend/vision/engines/manifests`."""


def open_liveness(settings: Settings, engine: Engine, source: random.Random | None = None) -> Liveness | None:
    """A camera's liveness, for one thread; None where LIVENESS is off.

    `source` supplies the challenges' random numbers; the system's own where it is None. Raises
    WeightsMissing and WeightsDamaged.
    """
    if settings.liveness == "off":
        return None
    detector = None
    if settings.liveness in CHALLENGE:
        detector = YuNet(_read(settings, "yunet"), settings.yunet_score).detect
    return Liveness(settings, engine, open_passive(settings), detector, source)


def open_passive(settings: Settings) -> Scorer | None:
    """The passive check alone, as for still pictures; None where LIVENESS does not ask for it.

    Raises WeightsMissing and WeightsDamaged, and SettingError where ONNX Runtime is missing.
    """
    if settings.liveness not in PASSIVE:
        return None
    weights_read = _read(settings, "minifasnet")
    try:
        return MiniFASNet(weights_read).score
    except ImportError as error:
        raise SettingError(f"LIVENESS={settings.liveness} needs the package {error.name}; run: pip install -r "
                           "requirements.txt, or set LIVENESS to off or challenge") from None


def check(settings: Settings) -> None:
    """Raise WeightsMissing, WeightsDamaged or SettingError where LIVENESS cannot be done, before anything starts."""
    if settings.liveness in PASSIVE:
        open_passive(settings)
    if settings.liveness in CHALLENGE:
        _read(settings, "yunet")


def _read(settings: Settings, model: str) -> bytes:
    found = manifest.find(settings, model)
    remedy = f"LIVENESS={settings.liveness} needs it: {found.remedy}; or set LIVENESS to what works without it"
    return weights.read(models_folder(settings) / found.file, found.sha256 or "", remedy)
