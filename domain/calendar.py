"""Lay pieces of content out over dates: the same pieces and rules give the same plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Slot:
    day: date
    channel: str
    topic: str
    """Empty where topics ran out."""


def free_days(
    start: date, weeks: int, weekdays: Sequence[int], avoided: Sequence[date]
) -> list[list[date]]:
    """By week from `start`: the days of these weekdays (Monday is 0) that are not avoided."""
    closed, allowed = set(avoided), set(weekdays)
    days = (
        [start + timedelta(days=7 * week + at) for at in range(7)] for week in range(max(0, weeks))
    )
    return [
        [day for day in week if day.weekday() in allowed and day not in closed] for week in days
    ]


def laid_out(
    weeks: Sequence[Sequence[date]],
    channels: Sequence[tuple[str, int]],
    topics: Sequence[str],
) -> list[Slot]:
    """Each channel gets its number of days in each week, spread over it; two channels share a day
    only when no other is left. Topics go round in their order, by date."""
    slots = [slot for week in weeks for slot in _week(week, channels)]
    slots.sort(key=lambda slot: slot[0])
    return [
        Slot(day, channel, topics[at] if at < len(topics) else "")
        for at, (day, channel) in enumerate(slots)
    ]


def _week(days: Sequence[date], channels: Sequence[tuple[str, int]]) -> Iterator[tuple[date, str]]:
    taken = dict.fromkeys(days, 0)
    if not taken:
        return
    for channel, times in channels:
        mine: set[date] = set()
        for at in range(min(times, len(days))):
            ideal = (at + 0.5) * len(days) / min(times, len(days)) - 0.5
            free = [day for day in days if day not in mine]
            day = min(free, key=lambda day: (taken[day], abs(days.index(day) - ideal), day))
            mine.add(day)
            taken[day] += 1
            yield day, channel
