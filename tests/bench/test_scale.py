"""The tables of docs/scale.md are multiples of what was measured."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.scale import rewriting
from bench.scale.assumptions import REASONS, Assumptions, dollars
from bench.scale.load import Load
from bench.scale.tables import tables, written
from bench.scale.turn import Measured, NotMeasuredError, Turn

ROLES = ("edge", "worker", "temporal", "postgres", "redis")
GIVEN = Assumptions(tokens=150, seconds=10.0, retrieving=0.5, busy=0.5)


def rows() -> Iterator[dict[str, str | float]]:
    def one(figure: str, median: float, contender: str = "holdfast") -> dict[str, str | float]:
        return {"figure": figure, "contender": contender, "unit": "", "median": median}

    for role in ROLES:
        yield one(f"per turn of 50 tokens: CPU, {role}", 10.0)
        yield one(f"per turn of 250 tokens: CPU, {role}", 30.0)
        yield one(f"CPU per turn, {role}", 5.0)
        yield one(f"CPU per turn, {role}", 25.0, "holdfast, retrieving")
    for what in ("Postgres WAL", "Redis commands", "Redis received", "Redis sent"):
        yield one(f"per turn of 50 tokens: {what}", 100.0)
        yield one(f"per turn of 250 tokens: {what}", 500.0)
    for what in ("actions", "transitions", "activities", "kilobytes"):
        yield one(f"per turn: Temporal {what}", 4.0)
    for what in ("transactions", "transactions that write", "statements", "storage"):
        yield one(f"per turn: Postgres {what}", 6.0)
    yield one("per session: Temporal actions", 5.0)
    yield one("2,000 quiet readers, memory each", 20.0)


@pytest.fixture
def load() -> Load:
    return Load(1_000.0, Turn(Measured([*rows()]), GIVEN))


def test_an_answer_costs_what_lies_on_the_line_through_two_lengths(load: Load) -> None:
    # 20 ms of 150 tokens, and half of the 20 ms that looking something up adds.
    assert load.turn.cpu("edge") == pytest.approx(30.0)
    assert load.cores("edge") == pytest.approx(30.0)
    assert load.edges == 60


def test_heartbeats_count_as_actions(load: Load) -> None:
    # Every 3.2 s of 10; then 4 of the turn, half a search, a tenth of a session's 5.
    assert load.turn.heartbeats == 3
    assert load.turn.actions == pytest.approx(8.0)
    assert load.units == 16


def test_there_are_never_fewer_edges_than_readers_need(load: Load) -> None:
    many = Load(1_000.0, Turn(load.turn.measured, Assumptions(tokens=50, readers=100)))
    assert many.readers == 1_000_000
    assert many.edges == 500


def test_shards_are_a_power_of_two(load: Load) -> None:
    assert load.shards in {2.0**power for power in range(20)}
    assert load.shards >= 1_000 * load.turn.writes * GIVEN.shard_write / GIVEN.shard_busy


def test_the_price_list_gives_what_its_own_example_does() -> None:
    assert dollars(11.25e6) == pytest.approx(525.0)
    assert dollars(0.0) == 0.0


def test_a_figure_that_was_not_measured_is_named() -> None:
    left = [one for one in rows() if one["figure"] != "per session: Temporal actions"]
    with pytest.raises(NotMeasuredError, match="per session: Temporal actions"):
        [*tables(Measured(left), GIVEN)["one turn"]]


def test_every_assumption_has_its_reason() -> None:
    assert set(REASONS) == set(vars(Assumptions()))


def test_the_page_has_a_place_for_each_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "scale.md"
    page.write_text(rewriting.PAGE.read_text())
    monkeypatch.setattr(rewriting, "PAGE", page)
    results = tmp_path / "results.json"
    results.write_text(json.dumps([*rows()]))
    rewriting.rewrite(results, GIVEN)
    once = page.read_text()
    rewriting.rewrite(results, GIVEN)
    assert page.read_text() == once
    assert "| `tokens` | 150 (changed) |" in once


def test_a_page_without_a_place_is_left_alone() -> None:
    with pytest.raises(ValueError, match="needs"):
        written("# Scale\n", {"needs": iter(["| |"])})
