"""The figures as text, and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.open_set.experiment import Row
from benchmarks.open_set.rates import FPIRS, Rate, Tries, at_fpir, at_threshold

_HEAD = ("people", "templates", "probe", "threshold", "strangers accepted", "not recognised", "wrong person",
         "FNIR at 0.1 %", "FNIR at 1 %")


def as_dict(answers: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Shares of one, with `low` and `high` of the 95 % interval."""
    return {engine: [_row(row) for row in rows] for engine, rows in answers.items()}


def printed(answers: Mapping[str, Sequence[Row]]) -> str:
    """Markdown, one table an engine."""
    lines: list[str] = []
    for engine, rows in answers.items():
        lines += [f"\n## {engine}, at the threshold that it computes itself; FNIR where all thresholds are moved "
                  "to that FPIR\n", _line(_HEAD), _line(["---"] * len(_HEAD))]
        for row in rows:
            lines.append(_line([row.people, row.templates, row.name, f"{row.threshold:.3f}", *_rates(row.product)]))
            if row.one_by_one is not None:
                own = at_threshold(row.one_by_one)
                lines.append(_line([row.people, row.templates, f"… one by one, {row.frames_used:.2f} frames", "",
                                    *(own[name].text for name in ("fpir", "fnir", "wrong")), "", ""]))
            lines.append(_line([row.people, row.templates, f"{row.name}, face_recognition at 0.6", "",
                                *_rates(row.classic)]))
        lines += ["\nAsked for a badge or PIN, of strangers / of the enrolled who are not recognised:\n"]
        lines += [f"- {row.people} people, {row.templates} templates, {row.name}: "
                  f"{100 * row.asked['strangers']:.2f} % / {100 * row.asked['not_recognised']:.0f} %" for row in rows]
        lines += ["\nApart for groups, single pictures in the same mixed galleries:\n"]
        for row in rows:
            for group, tries in row.by_group.items():
                if len(tries.score):
                    own = at_threshold(tries)
                    lines.append(f"- {row.people} people, {row.templates} templates, {group}: strangers accepted "
                                 f"{own['fpir'].text}, not recognised {own['fnir'].text}, wrong {own['wrong'].text}")
    return "\n".join(lines)


def _row(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"people": row.people, "templates": row.templates, "probe": row.name,
                             "frames": row.frames, "threshold": round(row.threshold, 4), "asked": row.asked,
                             "product": _figures(row.product), "face_recognition": _figures(row.classic),
                             "groups": {group: _plain(at_threshold(tries))
                                        for group, tries in row.by_group.items() if len(tries.score)}}
    if row.one_by_one is not None:
        found["one_by_one"] = {"frames": row.frames_used, **_plain(at_threshold(row.one_by_one))}
    return found


def _figures(tries: Tries) -> dict[str, Any]:
    return {"tries": {"enrolled": int(tries.enrolled.sum()), "strangers": int((~tries.enrolled).sum())},
            "at_threshold": _plain(at_threshold(tries)),
            **{f"at_fpir_{fpir:g}": _plain(at_fpir(tries, fpir)) for fpir in FPIRS}}


def _plain(rates: Mapping[str, Rate]) -> dict[str, Any]:
    return {name: {"value": rate.value, "low": rate.low, "high": rate.high} for name, rate in rates.items()}


def _rates(tries: Tries) -> list[str]:
    own = at_threshold(tries)
    return [own[name].text for name in ("fpir", "fnir", "wrong")] + [at_fpir(tries, fpir)["fnir"].text
                                                                    for fpir in FPIRS]


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
