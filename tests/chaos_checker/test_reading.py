"""The fault tests' own reader: what it notes of each connection, and what times are made of it."""

import asyncio
import itertools

from hypothesis import given
from hypothesis import strategies as st

from models.payloads.events import START
from tests.chaos.evidence import Frame, event_of
from tests.chaos.reading import Events, Reader
from tests.chaos.timing import next_tokens, quantile, returns
from tests.chaos_checker.scenes import CONVERSATION, LIVE, connection, seen
from tests.cli.edge import Connection, framed, running

SECONDS = 30.0
BYTES = b"retry: 250\n\n: ping\n\n" + b"".join(map(framed, LIVE))


@given(st.lists(st.integers(0, len(BYTES)), max_size=8))
def test_events_are_the_same_however_their_bytes_are_cut(places: list[int]) -> None:
    events, frames = Events(), list[Frame]()
    edges = [0, *sorted(places), len(BYTES)]
    for start, end in itertools.pairwise(edges):
        frames += events.feed(BYTES[start:end], at=1.0)
    assert [event_of(frame) for frame in frames] == LIVE
    assert events.retry == 0.25


async def test_a_reader_that_is_cut_goes_on_where_it_was_and_says_so() -> None:
    whole = b"".join(map(framed, LIVE))
    cuts = [Connection(cut=len(whole) // 3), Connection(cut=len(whole) // 3, clean=False)]
    async with running(LIVE, cuts) as edge:
        reader = Reader(edge.url, {}, CONVERSATION, name="reader")
        got = await asyncio.wait_for(reader.run(), SECONDS)
    assert got.finished
    assert [event_of(frame) for frame in got.frames] == LIVE
    assert len(got.connections) == 3
    for one, after in zip(
        got.connections, [[], *(c.frames for c in got.connections)], strict=False
    ):
        assert one.after == (event_of(after[-1]).id if after else START)


async def test_a_reader_learns_that_all_is_over() -> None:
    async with running(LIVE) as edge:
        late = Reader(edge.url, {}, CONVERSATION, name="late", after=LIVE[3].id, until_idle=True)
        got = await asyncio.wait_for(late.run(), SECONDS)
    assert [event_of(frame) for frame in got.frames] == LIVE[4:]
    assert got.connections[-1].status == 204


async def test_a_reader_expects_as_many_turns_as_it_is_told() -> None:
    async with running(LIVE) as edge:
        reader = Reader(edge.url, {}, CONVERSATION, name="reader", turns=2)
        task = asyncio.create_task(reader.run())
        await reader.ended(SECONDS, 1)
        before = reader.seen.finished
        reader.expect(1)
        assert (before, reader.seen.finished) == (False, True)
        task.cancel()


def test_the_time_to_the_next_token_is_that_of_streams_that_fell_silent() -> None:
    calm, touched = seen(connection(LIVE)), seen(connection(LIVE))
    place = 4
    frames = touched.connections[0].frames
    frames[place:] = [Frame(f.at + 3.0, f.id, f.kind, f.data) for f in frames[place:]]
    fault_at = frames[place - 1].at + 0.05
    times = next_tokens([calm, touched], fault_at)
    assert [round(time, 2) for time in times.recovery] == [3.05]
    assert len(times.ending) == 2


def test_the_time_back_is_that_of_readers_that_were_cut() -> None:
    calm, cut = seen(connection(LIVE)), seen(connection(LIVE[:4]), connection(LIVE[4:]))
    calm.connections[0].complete = True
    cut.connections[0].closed_at = 2.0
    cut.connections[1].opened_at = 3.5
    assert returns([calm, cut], fault_at=2.0).recovery == [1.5]


def test_quantiles_of_nothing_are_nothing() -> None:
    assert quantile([], 0.95) is None
    assert quantile([2.0], 0.95) == 2.0
    assert quantile([1.0, 2.0, 3.0], 0.5) == 2.0
