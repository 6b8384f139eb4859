"""DET curves: FNIR against FPIR, the product beside face_recognition's rule. Needs matplotlib."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.open_set.experiment import Answer, Row
from benchmarks.open_set.rates import at_threshold, curve

_LEAST = 2e-4   # of the axes: what so many tries can still tell


def draw(answers: Mapping[str, Answer], folder: Path) -> None:
    """One SVG for tracks and one for single pictures: `det-track.svg`, `det-picture.svg`; none of a kind that
    the folder has too few people for."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "det", "font.size": 9, "svg.fonttype": "none"})
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")  # the same figures make the same file
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("track", "picture"):
        rows = {engine: [row for row in answer.rows if row.name.startswith(kind)]
                for engine, answer in answers.items()}
        if any(rows.values()):
            _draw(rows, folder / f"det-{kind}.svg")


def _draw(answers: Mapping[str, Sequence[Row]], target: Path) -> None:
    from matplotlib import pyplot

    sizes = sorted({row.people for rows in answers.values() for row in rows})
    figure, axes = pyplot.subplots(1, len(sizes), figsize=(4.6 * len(sizes), 4.6), sharey=True, squeeze=False)
    for axis, people in zip(axes[0], sizes, strict=True):
        drawn_classic = set()
        for engine, rows in answers.items():
            for row in (row for row in rows if row.people == people):
                _line(axis, row, f"{engine}, {_templates(row)}")
                if row.classic is not None and row.templates not in drawn_classic:
                    drawn_classic.add(row.templates)
                    fpirs, fnirs = curve(row.classic)
                    axis.plot(fpirs, np.maximum(fnirs, _LEAST), ":", linewidth=1,
                              label=f"face_recognition, {_templates(row)}")
        axis.set(xscale="log", yscale="log", xlim=(_LEAST, 0.3), ylim=(_LEAST, 1), title=f"{people} people enrolled",
                 xlabel="FPIR: strangers accepted")
        axis.grid(True, which="major", linewidth=0.4)
    axes[0][0].set_ylabel("FNIR: enrolled people not recognised")
    # Every panel draws the same lines in the same colours.
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="lower center", ncols=3, fontsize=8)
    figure.tight_layout(rect=(0, 0.16, 1, 1))
    figure.savefig(target)
    pyplot.close(figure)


def _line(axis: object, row: Row, label: str) -> None:
    fpirs, fnirs = curve(row.product)
    drawn = axis.plot(fpirs, np.maximum(fnirs, _LEAST), linewidth=1.4, label=label)[0]
    own = at_threshold(row.product)
    axis.plot(max(own["fpir"].value, _LEAST), max(own["fnir"].value, _LEAST), "o", markersize=4,
              color=drawn.get_color())


def _templates(row: Row) -> str:
    return "1 template" if row.templates == 1 else f"{row.templates} templates"
