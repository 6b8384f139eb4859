"""The figures as text, and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.open_set.experiment import Answer, Row, Skipped
from benchmarks.open_set.rates import FPIRS, WITH_NOT_DETECTED, Rate, Tries, at_fpirs, at_threshold

_CELLS = ("strangers accepted", "not recognised", "wrong person", "FNIR at 0.1 %", "FNIR at 1 %")
_HEAD = ("people", "templates", "probe", "threshold", *_CELLS)
_GROUPS = ("people", "templates", "probe", "group", *_CELLS)
_CLASSIC = "face_recognition at 0.6"


def as_dict(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Shares of one, with `low` and `high` of the 95 % interval."""
    return {engine: [_skipped(line) if isinstance(line, Skipped) else _row(line, answer) for line in answer.lines]
            for engine, answer in answers.items()}


def printed(answers: Mapping[str, Answer]) -> str:
    """Markdown, one table an engine."""
    return "\n".join(line for engine, answer in answers.items() for line in _engine(engine, answer))


def _engine(engine: str, answer: Answer) -> Iterator[str]:
    yield (f"\n## {engine}, at the threshold that it computes itself; FNIR where all thresholds are moved "
           "to that FPIR\n")
    yield from _table(_HEAD, (cells for line in answer.lines for cells in _cells(line)))
    yield "\nAsked for a badge or PIN, of strangers / of the enrolled who are not recognised:\n"
    for row in answer.rows:
        yield (f"- {_which(row)}: {100 * row.asked['strangers']:.2f} % / {100 * row.asked['not_recognised']:.0f} %")
    yield (f"\nNo face was found in {answer.undetected} of {answer.pictures} pictures, which are in none of the rates "
           f"above; {answer.unreadable} files were no pictures. Not recognised where such a picture counts as "
           "that, at the threshold / at 0.1 % / at 1 %:\n")
    for row in answer.rows:
        if row.product.lost is not None:
            rates = [at_threshold(row.product), *at_fpirs(row.product)]
            yield f"- {_which(row)}: " + " / ".join(rate[WITH_NOT_DETECTED].text for rate in rates)
    if any(row.by_group for row in answer.rows):
        yield "\nApart for groups, in the same mixed galleries; FPIR by the group's own strangers:\n"
        yield from _table(_GROUPS, (cells for row in answer.rows for cells in _group_cells(row)))


def _cells(line: Row | Skipped) -> Iterator[list[object]]:
    head: list[object] = [line.people, line.templates]
    if isinstance(line, Skipped):
        yield [*head, line.name, f"left out: {line.why}", *[""] * len(_CELLS)]
        return
    yield [*head, line.name, f"{line.threshold:.3f}", *_rates(line.product)]
    if line.one_by_one is not None:
        own = at_threshold(line.one_by_one)
        yield [*head, f"… one by one, {line.frames_used:.2f} frames", "",
               *(own[name].text for name in ("fpir", "fnir", "wrong")), "", ""]
    if line.classic is not None:
        yield [*head, f"{line.name}, {_CLASSIC}", "", *_rates(line.classic)]


def _group_cells(row: Row) -> Iterator[list[object]]:
    for group, (product, classic) in row.by_group.items():
        yield [row.people, row.templates, row.name, group, *_rates(product)]
        if classic is not None:
            yield [row.people, row.templates, f"{row.name}, {_CLASSIC}", group, *_rates(classic)]


def _which(row: Row) -> str:
    return f"{row.people} people, {row.templates} templates, {row.name}"


def _skipped(line: Skipped) -> dict[str, Any]:
    return {"people": line.people, "templates": line.templates, "probe": line.name, "skipped": line.why}


def _row(row: Row, answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {"people": row.people, "templates": row.templates, "probe": row.name,
                             "frames": row.frames, "threshold": round(row.threshold, 4), "asked": row.asked,
                             "not_detected": {"pictures": answer.undetected, "of": answer.pictures,
                                              "unreadable_files": answer.unreadable},
                             **_both(row.product, row.classic),
                             "groups": {group: _both(*tries) for group, tries in row.by_group.items()}}
    if row.one_by_one is not None:
        found["one_by_one"] = {"frames": row.frames_used, **_plain(at_threshold(row.one_by_one))}
    return found


def _both(product: Tries, classic: Tries | None) -> dict[str, Any]:
    return {"product": _figures(product), "face_recognition": None if classic is None else _figures(classic)}


def _figures(tries: Tries) -> dict[str, Any]:
    moved = zip(FPIRS, at_fpirs(tries), strict=True)
    return {"tries": {"enrolled": int(tries.enrolled.sum()), "strangers": int((~tries.enrolled).sum())},
            "at_threshold": _plain(at_threshold(tries)),
            **{f"at_fpir_{fpir:g}": _plain(rates) for fpir, rates in moved}}


def _plain(rates: Mapping[str, Rate]) -> dict[str, Any]:
    return {name: {"value": rate.value, "low": rate.low, "high": rate.high} for name, rate in rates.items()}


def _rates(tries: Tries) -> list[str]:
    own = at_threshold(tries)
    return [own[name].text for name in ("fpir", "fnir", "wrong")] + [rate["fnir"].text for rate in at_fpirs(tries)]


def _table(head: Sequence[str], rows: Iterator[list[object]]) -> Iterator[str]:
    yield from (_line(cells) for cells in (head, ["---"] * len(head), *rows))


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
