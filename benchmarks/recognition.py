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
A line that DIR has too few people for is left out, and says why; the exit code is 0 where any is left.
Weights and manifests are taken from --models, <DATA_DIR>/models, `models` in --kept, and a folder
`models` beside DIR or the folder above it. Plots need `pip install matplotlib`, which the product does not use.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from backend.config import Settings, load  # noqa: E402
from backend.errors import FaceAttendanceError, SettingError  # noqa: E402
from backend.vision.engines import open_engine  # noqa: E402
from benchmarks.open_set import search  # noqa: E402
from benchmarks.open_set.experiment import Experiment, measure  # noqa: E402
from benchmarks.open_set.faces import Faces, embed_folder  # noqa: E402
from benchmarks.open_set.fitting import cross_validated  # noqa: E402
from benchmarks.open_set.groups import read_groups  # noqa: E402
from benchmarks.open_set.report import as_dict, printed  # noqa: E402
from benchmarks.weights import Weights, places  # noqa: E402


def main() -> int:
    options = _options()
    if options.only == "search":
        return _search(options)
    if options.faces is None or not options.faces.is_dir():
        print("--faces must name a folder laid out like LFW: <Name>/<Name>_0001.jpg", file=sys.stderr)
        return 1
    try:
        names = _engines(options)
    except (OSError, FaceAttendanceError) as error:
        print(error, file=sys.stderr)
        return 1
    groups = read_groups(options.faces.absolute().parent / "groups.json")
    answers: dict[str, Any] = {}
    for name in names:
        try:
            answers[name] = _answer(name, groups, options)
        except (ValueError, OSError, FaceAttendanceError) as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    if options.only == "fit":
        print(json.dumps(answers, indent=2) if options.json else yaml.safe_dump(answers, sort_keys=False), end="\n")
        return 0 if answers else 1
    if options.plots is not None:
        from benchmarks.open_set.plots import draw

        draw(answers, options.plots)
    print(json.dumps(as_dict(answers), indent=2) if options.json else printed(answers))
    return 0 if any(answer.rows for answer in answers.values()) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--faces", type=Path, help="folder laid out like LFW")
    parser.add_argument("--engine", action="append", metavar="NAME",
                        help="dlib, or an embedder's manifest; default: all whose weights are there")
    parser.add_argument("--splits", type=_count, default=200, help="random splits into gallery and strangers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=_count, nargs="+", default=[100, 300], help="sizes of the galleries")
    parser.add_argument("--only", choices=["open-set", "search", "fit"], default="open-set")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write the DET curves there, as SVG")
    parser.add_argument("--kept", type=Path, default=ROOT / "data" / "benchmark",
                        help="where embeddings are kept; nothing of it belongs into the repository")
    parser.add_argument("--models", type=Path, metavar="DIR",
                        help="where weights and manifests are that other engines than dlib's need")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    options.kept = options.kept.resolve()
    if options.models is not None and not options.models.is_dir():
        parser.error(f"--models: there is no folder {options.models}")
    if options.seed < 0:
        parser.error("--seed must not be negative")
    return options


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not 1 or more")
    return number


def _settings(name: str, options: argparse.Namespace) -> Settings:
    """Those that open an engine."""
    chosen = {"detector": "hog"} if name == "dlib" else {"engine": name}
    return load({"data_dir": options.kept, "timezone": "UTC", **chosen}, {}, [])


def _engines(options: argparse.Namespace) -> list[str]:
    """The engines asked for, else all whose weights are there; who is left out, and why, goes to stderr.

    Raises SettingError where one is asked for that has no manifest.
    """
    weights = Weights(_settings("dlib", options), places(options.models, options.faces))
    known = ["dlib", *weights.embedders()]
    if unknown := set(options.engine or ()) - set(known):
        raise SettingError(f"there is no engine {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    found = []
    for name in dict.fromkeys(options.engine or known):
        if (missing := weights.bring(name)) is None:
            found.append(name)
        else:
            print(f"{name} is left out: {missing}", file=sys.stderr)
    return found


def _answer(name: str, groups: dict[str, list[str]], options: argparse.Namespace) -> Any:
    """What is printed of one engine. Raises ValueError, OSError and the errors of opening it."""
    settings = _settings(name, options)
    engine = open_engine(settings)
    faces = embed_folder(engine, options.faces, options.kept)
    if options.only == "fit":
        return cross_validated(engine, faces, options.splits, options.seed)
    experiment = Experiment(faces, _classic(faces, options), settings, engine, groups, options.splits, options.seed)
    return measure(experiment, options.people)


def _classic(faces: Faces, options: argparse.Namespace) -> Faces:
    """dlib's own vectors of the same folder, for face_recognition's default beside every engine."""
    if faces.raw is not None:
        return faces
    return embed_folder(open_engine(_settings("dlib", options)), options.faces, options.kept)


def _search(options: argparse.Namespace) -> int:
    found = search.measure()
    print(json.dumps(found) if options.json else search.printed(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
