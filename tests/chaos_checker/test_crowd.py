"""Readers by the thousand note what one by itself would."""

import asyncio

from tests.chaos.crowd import CrowdReader, SlowReader
from tests.chaos.evidence import event_of
from tests.chaos_checker.scenes import CONVERSATION, LIVE
from tests.cli.edge import Connection, framed, running

SECONDS = 30.0


async def test_a_reader_of_a_crowd_that_is_cut_goes_on_where_it_was() -> None:
    whole = b"".join(map(framed, LIVE))
    cuts = [Connection(cut=len(whole) // 3), Connection(cut=len(whole) // 3, clean=False)]
    async with running(LIVE, cuts) as edge:
        reader = CrowdReader(edge.url, {}, CONVERSATION, name="reader")
        got = await asyncio.wait_for(reader.run(), SECONDS)
    assert got.finished
    assert reader.ends == 1
    assert [event_of(frame) for frame in got.frames] == LIVE
    assert [one.status for one in got.connections] == [200] * 3
    assert [one.complete for one in got.connections] == [False, False, True]


async def test_a_reader_of_a_crowd_learns_that_all_is_over() -> None:
    async with running(LIVE) as edge:
        late = CrowdReader(
            edge.url, {}, CONVERSATION, name="late", after=LIVE[3].id, until_idle=True
        )
        got = await asyncio.wait_for(late.run(), SECONDS)
    assert [event_of(frame) for frame in got.frames] == LIVE[4:]
    assert got.connections[-1].status == 204


async def test_a_slow_reader_keeps_what_had_arrived_before_it_was_cut() -> None:
    whole = b"".join(map(framed, LIVE))
    async with running(LIVE, [Connection(cut=len(whole) // 3, clean=False)]) as edge:
        reader = SlowReader(edge.url, {}, CONVERSATION, name="slow", takes=1)
        got = await asyncio.wait_for(reader.run(), SECONDS)
    assert reader.cut_at is not None
    assert len(got.connections) == 2
    assert [event_of(frame) for frame in got.frames] == LIVE
