"""The report of drift: whose faces, and which cameras' pictures, move away from what was enrolled.

Read off the distances that recorded sightings kept. Only what was accepted or confirmed has one, so
a person who is not recognised any more shows as fewer sightings and more confirmations, not as a
larger distance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from backend.attendance.time import day_range
from backend.desks.parts import Parts
from backend.errors import BadInput
from backend.store.records import DistanceSum, Person
from backend.vision.decide import Judge
from backend.vision.engines import named_engine
from backend.vision.gallery import Gallery

LONGEST = 60
"""Months that a report may look back."""


@dataclass(frozen=True)
class Month:
    """`month` is YYYY-MM in the site's zone; `mean` a distance, 0 to 2, for a camera a difference."""

    month: str
    sightings: int
    mean: float


@dataclass(frozen=True)
class PersonDrift:
    """`recent` is the mean of this month and the last, `before` that of the earlier ones since the
    newest enrolment; `confirmed` are those of the recent sightings that took a PIN or badge.

    `advice` is near_threshold, rising or many_confirmations; None where all is well.
    """

    person_id: str
    name: str
    months: list[Month]
    recent: float | None
    before: float | None
    share: float | None
    """Of the threshold, `recent` being 1 at it."""
    confirmed: int
    advice: str | None


@dataclass(frozen=True)
class DeviceDrift:
    """How much further than the people's own means the sightings of a camera lie, by month."""

    device: str
    months: list[Month]
    rise: float | None
    """Of this month and the last over the earlier ones."""
    growing: bool


@dataclass(frozen=True)
class DriftReport:
    engine: str
    threshold: float
    people: list[PersonDrift]
    """Those with advice first, then by name."""
    devices: list[DeviceDrift]

    @property
    def ok(self) -> bool:
        return not any(one.advice for one in self.people) and not any(one.growing for one in self.devices)


def report(parts: Parts, months: int = 12) -> DriftReport:
    """Of the last `months` calendar months, this one among them. Raises BadInput."""
    if not 2 <= months <= LONGEST:
        raise BadInput(f"months must be 2 to {LONGEST}", code="bad_months")
    settings = parts.settings
    engine = named_engine(settings)
    spans = _months(parts.clock().astimezone(parts.zone).date(), months)
    with parts.store.read() as unit:
        rows = unit.templates.all_in_force(engine.name, settings.require_consent, settings.adaptive_templates)
        sums = {month: unit.punches.distances(*day_range(start, end, parts.zone)) for month, start, end in spans}
        people = unit.people.get_many({one.person for found in sums.values() for one in found})
        since = {uuid: at for uuid, at in unit.templates.enrolled_at(engine.name).items() if uuid in people}
    gallery = Gallery(rows.matrix, rows.people, rows.ids, rows.version, rows.learnt)
    judge = Judge(settings, engine)
    threshold = judge.threshold(gallery, judge.needed)  # most faces are decided by so many frames
    order = [month for month, _, _ in spans]
    # What was measured against templates that are gone says nothing about those there are.
    kept = {month: [one for one in found if one.person in since
                    and month >= since[one.person].astimezone(parts.zone).strftime("%Y-%m")]
            for month, found in sums.items()}
    mine: dict[UUID, dict[str, list[DistanceSum]]] = {uuid: {month: [] for month in order} for uuid in since}
    for month, found in kept.items():
        for one in found:
            mine[one.person][month].append(one)
    persons = [_person(people[uuid], its, order, threshold, parts) for uuid, its in mine.items()]
    return DriftReport(engine.name, round(threshold, 4),
                       sorted(persons, key=lambda one: (one.advice is None, one.name)),
                       _devices(kept, order, parts))


def _months(today: date, count: int) -> list[tuple[str, date, date]]:
    """(YYYY-MM, first day, last day), oldest first."""
    found = []
    first = today.replace(day=1)
    last = today
    for _ in range(count):
        found.append((first.strftime("%Y-%m"), first, last))
        last = date.fromordinal(first.toordinal() - 1)
        first = last.replace(day=1)
    return found[::-1]


def _mean(sums: Iterable[DistanceSum], least: int) -> float | None:
    found = list(sums)
    count = sum(one.sightings for one in found)
    return sum(one.total for one in found) / count if count >= least else None


def _person(person: Person, mine: dict[str, list[DistanceSum]], order: list[str], threshold: float,
            parts: Parts) -> PersonDrift:
    settings = parts.settings
    least = settings.drift_sightings
    recent_sums = [one for month in order[-2:] for one in mine[month]]
    recent = _mean(recent_sums, least)
    before = _mean([one for month in order[:-2] for one in mine[month]], least)
    seen = sum(one.sightings for one in recent_sums)
    confirmed = sum(one.confirmed for one in recent_sums)
    advice = None
    if recent is not None and recent >= settings.drift_share * threshold:
        advice = "near_threshold"
    elif recent is not None and 4 * confirmed >= seen:
        advice = "many_confirmations"
    elif recent is not None and before is not None and recent - before >= settings.drift_rise:
        advice = "rising"
    return PersonDrift(
        person.person_id, person.name, _as_months(mine, order), _rounded(recent), _rounded(before),
        None if recent is None else round(recent / threshold, 3), confirmed, advice)


def _as_months(sums: dict[str, list[DistanceSum]], order: list[str]) -> list[Month]:
    return [Month(month, sum(one.sightings for one in sums[month]), round(mean, 4))
            for month in order if (mean := _mean(sums[month], 1)) is not None]


def _devices(kept: dict[str, list[DistanceSum]], order: list[str], parts: Parts) -> list[DeviceDrift]:
    """Each camera against what its people's sightings usually are: who passes it does not matter."""
    least = parts.settings.drift_sightings
    everything = [one for month in order for one in kept[month]]
    own: dict[UUID, tuple[int, float]] = {}
    for one in everything:
        count, total = own.get(one.person, (0, 0.0))
        own[one.person] = (count + one.sightings, total + one.total)
    usual = {person: total / count for person, (count, total) in own.items()}
    found = []
    for device in sorted({one.device for one in everything if one.device is not None}):
        apart = {month: [DistanceSum(one.person, device, one.sightings,
                                     one.total - one.sightings * usual[one.person], one.confirmed)
                         for one in kept[month] if one.device == device] for month in order}
        recent = _mean([one for month in order[-2:] for one in apart[month]], least)
        before = _mean([one for month in order[:-2] for one in apart[month]], least)
        rise = None if recent is None or before is None else round(recent - before, 4)
        found.append(DeviceDrift(device, _as_months(apart, order), rise,
                                 rise is not None and rise >= parts.settings.drift_rise))
    return found


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
