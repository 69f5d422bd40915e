"""Competitors from the space's documents, and calendars that come out the same each time."""

from datetime import date
from typing import Any

import orjson
import pytest

from domain.tools.calendar import CONTENT_CALENDAR
from domain.tools.competitors import competitors_tool
from domain.tools.tool import ArgumentsError
from models.errors import InvalidError
from tests.tools.desk import Marks, Shelf, a_context

SHELF = [
    ("general", "Market notes", "Acme pricing starts at 20 dollars"),
    ("general", "Acme", "The audience is runners"),
    ("general", "Market notes 2", "Bolt positioning is speed"),
    ("general", "Our pricing", "pricing is ours"),
]


async def test_competitors_are_compared_by_what_names_them() -> None:
    context = a_context()
    said = await competitors_tool(Shelf(SHELF), Marks()).run(
        context, {"competitors": ["Acme", "Bolt", "Nobody"], "aspects": ["pricing", "audience"]}
    )
    rows = {row.split("|")[1].strip(): row.split("|")[2:5] for row in said.splitlines()[2:6]}
    pricing, audience = rows["pricing"], rows["audience"]
    assert "[" in pricing[0]
    assert "nothing found" in pricing[2]
    assert "nothing found" in audience[2]
    assert "Acme pricing starts at 20 dollars" in said
    assert "pricing is ours" not in said
    assert {source.title for source in context.sources} <= {title for _, title, _ in SHELF}


async def test_what_no_document_names_is_left_empty() -> None:
    context = a_context()
    said = await competitors_tool(Shelf(SHELF), Marks()).run(context, {"competitors": ["Zorg"]})
    assert "No document names any of them." in said
    assert said.count("nothing found") == 4
    assert context.sources == []


def plan(**changes: object) -> dict[str, Any]:
    return {
        "start": "2026-12-01",
        "weeks": 2,
        "channels": [{"name": "Blog", "per_week": 1}, {"name": "Mail", "per_week": 2}],
        "topics": ["Grip", "Mud", "Rain"],
        "avoid": ["2026-12-03"],
    } | changes


def rows_of(said: str) -> list[list[str]]:
    lines = [line for line in said.splitlines() if line.startswith("| 2")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


async def test_a_calendar_spreads_its_pieces_over_free_days() -> None:
    said = await CONTENT_CALENDAR.run(a_context(), plan())
    rows = rows_of(said)
    days = [date.fromisoformat(row[0]) for row in rows]
    assert len(rows) == 6
    assert days == sorted(days)
    assert all(day.weekday() < 5 and day != date(2026, 12, 3) for day in days)
    assert len(set(days)) == 6
    assert [row[4] for row in rows] == ["Grip", "Mud", "Rain"] + ["(to be chosen)"] * 3
    assert [row[3] for row in rows].count("Mail") == 4
    assert "6 pieces: Blog 2, Mail 4" in said


async def test_the_same_arguments_give_the_same_calendar() -> None:
    assert await CONTENT_CALENDAR.run(a_context(), plan()) == await CONTENT_CALENDAR.run(
        a_context(), plan()
    )


async def test_a_channel_never_gets_a_day_twice_and_what_finds_none_is_told() -> None:
    channels = [{"name": "Blog", "per_week": 5}]
    said = await CONTENT_CALENDAR.run(
        a_context(), plan(weeks=1, channels=channels, weekdays=["mon", "thu"], topics=["a"] * 5)
    )
    assert [row[0] for row in rows_of(said)] == ["2026-12-07"]
    assert "4 pieces found no day" in said
    assert "4 topics are left over" in said


async def test_a_calendar_that_nobody_reads_is_not_made() -> None:
    channels = [{"name": f"C{at}", "per_week": 7} for at in range(5)]
    with pytest.raises(InvalidError, match="210 pieces"):
        await CONTENT_CALENDAR.run(a_context(), plan(weeks=6, channels=channels))
    with pytest.raises(InvalidError, match="one name"):
        await CONTENT_CALENDAR.run(a_context(), plan(channels=[{"name": "A"}, {"name": "A"}]))


@pytest.mark.parametrize(
    "changes",
    [
        {"start": "soon"},
        {"start": "9999-12-31"},
        {"weeks": 27},
        {"weekdays": ["someday"]},
        {"channels": []},
        {"channels": [{"name": "A", "per_week": 8}]},
        {"avoid": ["2026-13-01"]},
    ],
)
def test_a_plan_has_limits(changes: dict[str, Any]) -> None:
    with pytest.raises(ArgumentsError):
        CONTENT_CALENDAR.validate(orjson.dumps(plan(**changes)).decode())
