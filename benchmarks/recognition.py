"""How often recognition is wrong, in the open set, against face_recognition's default in the same run.

    python benchmarks/recognition.py --faces DIR [--engine dlib] [--splits 200] [--plots DIR] [--json]
    python benchmarks/recognition.py --faces DIR --engine mobilefacenet --models DIR
    python benchmarks/recognition.py --only search     # what the search of a gallery costs
    python benchmarks/recognition.py --only fit --faces DIR   # an engine's operating point, cross-validated

DIR is laid out like LFW: `<Name>/<Name>_0001.jpg`. `DIR/../groups.json`, if there, names groups of
people who are reported apart, and the look-alikes (`east_asian_names`). People are split at random
into a gallery and strangers, `--splits` times; rates pool the splits, intervals are bootstrapped
by person. Scores and thresholds are the product's own (`Gallery.search`, `Judge.past`, `Judge.judge`
for frames that come one by one). There is no quality gate here. Embeddings are kept in `--kept`.
Plots need `pip install matplotlib`, which the product does not use.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from backend.config import load  # noqa: E402
from backend.errors import FaceAttendanceError  # noqa: E402
from backend.vision.engines import open_engine  # noqa: E402
from backend.vision.engines.manifest import all_manifests  # noqa: E402
from benchmarks.open_set import search  # noqa: E402
from benchmarks.open_set.experiment import Experiment, measure  # noqa: E402
from benchmarks.open_set.faces import Faces, embed_folder  # noqa: E402
from benchmarks.open_set.fitting import cross_validated  # noqa: E402
from benchmarks.open_set.report import as_dict, printed  # noqa: E402

ENGINES = {"dlib": {"detector": "hog"}, "mobilefacenet": {"engine": "mobilefacenet"}}
"""Settings that open each engine."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--faces", type=Path, help="folder laid out like LFW")
    parser.add_argument("--engine", action="append", choices=list(ENGINES), help="default: all whose weights are there")
    parser.add_argument("--splits", type=int, default=200, help="random splits into gallery and strangers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=int, nargs="+", default=[100, 300], help="sizes of the galleries")
    parser.add_argument("--only", choices=["open-set", "search", "fit"], default="open-set")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write the DET curves there, as SVG")
    parser.add_argument("--kept", type=Path, default=ROOT / "data" / "benchmark",
                        help="where embeddings are kept; nothing of it belongs into the repository")
    parser.add_argument("--models", type=Path, metavar="DIR",
                        help="where weights are that the second engine needs (YuNet's and its own)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    options.kept = options.kept.resolve()
    if options.only == "search":
        return _search(options)
    if options.faces is None or not options.faces.is_dir():
        print("--faces must name a folder laid out like LFW: <Name>/<Name>_0001.jpg", file=sys.stderr)
        return 1
    groups_file = options.faces.parent / "groups.json"
    groups = json.loads(groups_file.read_text(encoding="utf-8")) if groups_file.is_file() else {}
    answers = {}
    _bring_weights(options)
    for name in options.engine or _with_weights(options.kept):
        settings = load({"data_dir": options.kept, "timezone": "UTC", **ENGINES[name]}, {}, [])
        try:
            engine = open_engine(settings)
            faces = embed_folder(engine, options.faces, options.kept)
            if options.only == "fit":
                answers[name] = cross_validated(engine, faces, options.splits, options.seed)
                continue
            experiment = Experiment(faces, _classic(faces, options), settings, engine, groups, options.splits,
                                    options.seed)
            answers[name] = measure(experiment, options.people)
        except (ValueError, FaceAttendanceError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
    if options.only == "fit":
        print(json.dumps(answers, indent=2))
        return 0
    if options.plots is not None:
        from benchmarks.open_set.plots import draw

        draw(answers, options.plots)
    print(json.dumps(as_dict(answers), indent=2) if options.json else printed(answers))
    return 0


def _with_weights(kept: Path) -> list[str]:
    """dlib, whose weights are installed, and the engines whose files are there."""
    settings = load({"data_dir": kept, "timezone": "UTC"}, {}, [])
    there = {name for name, manifest in all_manifests(settings).items() if (kept / "models" / manifest.file).is_file()}
    return ["dlib", *(name for name in ENGINES if name in there and "yunet" in there)]


def _bring_weights(options: argparse.Namespace) -> None:
    """Copies of the weights into the folder that the engines look in."""
    folder = options.kept / "models"
    for file in sorted(options.models.glob("*.onnx")) if options.models else ():
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / file.name).is_file():
            shutil.copy(file, folder)


def _classic(faces: Faces, options: argparse.Namespace) -> Faces:
    """dlib's own vectors of the same folder, for face_recognition's default beside every engine."""
    if faces.raw is not None:
        return faces
    settings = load({"data_dir": options.kept, "timezone": "UTC", **ENGINES["dlib"]}, {}, [])
    return embed_folder(open_engine(settings), options.faces, options.kept)


def _search(options: argparse.Namespace) -> int:
    found = search.measure()
    print(json.dumps(found) if options.json else search.printed(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
