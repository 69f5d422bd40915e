"""Lay a content calendar out: dates by rules, so that the model need not count days."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.calendar import Slot, free_days, laid_out
from domain.tools.cited import shown
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool
from models.errors import InvalidError

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# More is no plan that anybody reads.
_MOST_SLOTS: Final = 200
_NOBODY: Final = "(to be chosen)"


class Channel(BaseModel):
    """A channel and how often it gets something."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=60)
    per_week: int = Field(default=1, ge=1, le=7)


async def content_calendar(
    context: ToolContext,  # noqa: ARG001 -- every tool takes it
    start: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))],
    weeks: Annotated[int, Field(ge=1, le=26)],
    channels: Annotated[list[Channel], Field(min_length=1, max_length=10)],
    topics: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=_MOST_SLOTS)
    ],
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = list(_DAYS[:5]),  # noqa: B006 -- never changed, and a default of the schema
    avoid: Annotated[list[date], Field(max_length=100)] = [],  # noqa: B006 -- as above
) -> str:
    """Lay out a content calendar as a table: spreads each channel over the week, skips the days to
    avoid, and gives out the topics in order. The same arguments give the same calendar.

    Args:
        start: The first day, as YYYY-MM-DD.
        weeks: How many weeks.
        channels: The channels, each with how many pieces a week.
        topics: Topics in the order in which they are to come; where they run out, slots stay open.
        weekdays: Days on which something may appear.
        avoid: Dates on which nothing may appear, such as holidays.
    """
    pieces = weeks * sum(channel.per_week for channel in channels)
    if pieces > _MOST_SLOTS:
        raise InvalidError(
            f"That makes {pieces} pieces; {_MOST_SLOTS} are the most.", code="calendar_too_long"
        )
    if len({channel.name for channel in channels}) < len(channels):
        raise InvalidError("Two channels have one name.", code="calendar_channel_twice")
    days = free_days(start, weeks, [_DAYS.index(day) for day in weekdays], avoid)
    slots = laid_out(days, [(channel.name, channel.per_week) for channel in channels], topics)
    return "\n".join([*_table(slots), "", *_notes(slots, pieces, topics)])


def _table(slots: Sequence[Slot]) -> list[str]:
    lines = ["| date | day | week | channel | topic |", "|---|---|---|---|---|"]
    for slot in slots:
        topic = _bare(slot.topic) or _NOBODY
        week = slot.day.isocalendar().week
        lines.append(f"| {slot.day} | {slot.day:%a} | {week} | {_bare(slot.channel)} | {topic} |")
    return lines


def _notes(slots: Sequence[Slot], wanted: int, topics: Sequence[str]) -> list[str]:
    counts = Counter(slot.channel for slot in slots)
    notes = [
        f"{len(slots)} pieces: "
        + ", ".join(f"{_bare(channel)} {count}" for channel, count in sorted(counts.items()))
    ]
    if len(slots) < wanted:
        notes.append(f"{wanted - len(slots)} pieces found no day: too few days are left in a week.")
    if len(topics) > len(slots):
        notes.append(f"{len(topics) - len(slots)} topics are left over.")
    return notes


def _bare(text: str) -> str:
    return shown(text).replace("|", "/")


CONTENT_CALENDAR: Tool = tool(
    content_calendar, effect=Effect.READ, trusted=True, reach=Reach.NOTHING
)
