"""Stages of turns, read off the logs that were recorded of every shape."""

from pathlib import Path

import pytest

from domain.timeline import APPROVAL, RETRIEVAL, STEP, TOOL, Stage, stages
from domain.wire import decode

LOGS = Path(__file__).parents[1] / "dialects" / "logs"


def read(shape: str) -> tuple[Stage, ...]:
    lines = (LOGS / f"{shape}.stored.jsonl").read_bytes().splitlines()
    return stages(decode(line) for line in lines)


def test_a_turn_that_asked_a_person_shows_how_long_they_took() -> None:
    found = read("approved")
    assert [(stage.kind, stage.name, stage.step) for stage in found] == [
        (STEP, "", 1),
        (APPROVAL, "publish_note", 1),
        (TOOL, "publish_note", 1),
        (STEP, "", 2),
    ]
    assert len({stage.call_id for stage in found[1:3]}) == 1


def test_retrieval_stands_before_the_first_step() -> None:
    first, second = read("retrieving")[:2]
    assert (first.kind, second.kind) == (RETRIEVAL, STEP)
    assert first.ended_at is not None
    assert first.ended_at <= second.started_at


def test_what_nobody_decided_in_time_ends_with_that() -> None:
    [asked] = [stage for stage in read("expired_ends") if stage.kind == APPROVAL]
    assert asked.ended_at is not None
    assert not [stage for stage in read("expired_ends") if stage.kind == TOOL]


@pytest.mark.parametrize("shape", sorted({path.name.partition(".")[0] for path in LOGS.iterdir()}))
def test_no_stage_ends_before_it_begins(shape: str) -> None:
    found = read(shape)
    for stage in found:
        assert stage.ended_at is None or stage.ended_at >= stage.started_at
    moments = [stage.started_at for stage in found if stage.kind == STEP]
    assert moments == sorted(moments)
