"""The reader of the event stream: whatever the network does, it holds the log."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from uuid import UUID

import pytest
from holdfast_client.client import ApiError, Client, backoff
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.stream import follow
from models.payloads.events import EventId, LoggedEvent
from tests.cli.edge import Answer, Connection, Edge, framed, running
from tests.cli.logs import logged, plain_turn, whole_logs

PATH = f"/v1/conversations/{UUID(int=1)}/events"
SPACE = UUID(int=2)
UNAVAILABLE = Answer(503, {"code": "unavailable", "title": "Later"}, {"Retry-After": "0"})


class Journal:
    """Remembers what was said of the link."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def up(self) -> None:
        self.said.append("up")

    def down(self) -> None:
        self.said.append("down")


async def everything(edge: Edge, silence: float = 45.0) -> list[LoggedEvent]:
    """What a reader gets until the server says that it has it all."""
    async with asyncio.timeout(30), Client(edge.url, "token", SPACE) as client:
        reading = follow(client, PATH, until_idle=True, silence=silence)
        return [event async for event in reading]


async def seen(log: Sequence[LoggedEvent], *connections: Connection) -> list[LoggedEvent]:
    async with running(log, connections) as edge:
        return await everything(edge)


async def test_a_cut_at_every_event_boundary_loses_and_repeats_nothing() -> None:
    log = plain_turn()
    start = len(Connection().preamble)
    one_more = [Connection(cut=start + len(framed(event))) for event in log]

    assert await seen(log, *one_more) == log


async def test_a_cut_at_every_byte_of_an_event_loses_and_repeats_nothing() -> None:
    log = logged(1, [plain_turn()[0].event, plain_turn(answer="é😀")[3].event])
    size = len(Connection().preamble) + sum(len(framed(event)) for event in log)

    for cut in range(0, size, 7):
        for clean in (True, False):
            assert await seen(log, Connection(cut=cut, clean=clean)) == log


async def test_events_that_come_again_are_passed_over() -> None:
    log = plain_turn()
    cuts = [Connection(cut=400, repeat=3), Connection(cut=900, repeat=9), Connection(repeat=99)]

    assert await seen(log, *cuts) == log


async def test_it_comes_back_with_the_last_event_that_it_saw() -> None:
    log = plain_turn()
    first = Connection(cut=len(Connection().preamble) + len(framed(log[0])) + 5)
    async with running(log, [first]) as edge:
        await everything(edge)

    asked = [request.headers.get("last-event-id") for request in edge.received]
    assert asked == [None, "1.1", str(log[-1].id)]


async def test_a_server_that_asks_for_patience_is_asked_again() -> None:
    log = plain_turn()

    assert await seen(log, Connection(refused=UNAVAILABLE), Connection(cut=300)) == log


async def test_too_many_requests_are_waited_for_as_long_as_asked() -> None:
    busy = Answer(429, {"code": "limited"}, {"Retry-After": "0.01"})

    assert await seen(plain_turn(), Connection(refused=busy)) == plain_turn()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_no_is_final_and_said_in_the_servers_words(status: int) -> None:
    refused = Answer(
        status,
        {"code": "some_code", "title": "No", "detail": "Because.", "request_id": "r-1"},
    )
    with pytest.raises(ApiError, match="Because") as caught:
        await seen(plain_turn(), Connection(refused=refused))

    assert (caught.value.status, caught.value.code) == (status, "some_code")
    assert caught.value.request_id == "r-1"


async def test_a_silent_connection_is_given_up_and_taken_up_again() -> None:
    log = plain_turn()
    async with running(log, [Connection(cut=500, hang=True)]) as edge:
        assert await everything(edge, silence=0.05) == log


async def test_a_kind_that_this_version_does_not_know_is_passed_over() -> None:
    log = plain_turn()
    newer = b'id: 1.0\nevent: x.y\ndata: {"id":"1.0","at":null,"turn_id":null,"kind":"x.y"}\n\n'

    assert await seen(log, Connection(preamble=b"retry: 1\n\n" + newer)) == log


async def test_nonsense_in_the_stream_is_asked_for_again() -> None:
    log = plain_turn()
    nonsense = Connection(preamble=b"retry: 1\n\nid: 9.9\ndata: {half\n\n")

    assert await seen(log, nonsense) == log


async def test_a_page_of_somebody_elses_is_not_read_for_ever() -> None:
    page = Connection(refused=Answer(200, {"hello": "there"}))

    with pytest.raises(ApiError) as caught:
        await seen(plain_turn(), *[page] * 9)

    assert caught.value.code == "stream_unreadable"


async def test_who_watches_is_told_when_the_link_is_gone_and_when_it_is_back() -> None:
    log, journal = plain_turn(), Journal()
    async with (
        running(log, [Connection(cut=300, clean=False)]) as edge,
        Client(edge.url, "token", SPACE, link=journal) as client,
    ):
        assert [event async for event in follow(client, PATH, until_idle=True)] == log

    assert journal.said == ["up", "down", "up"]


async def test_a_reader_waits_for_what_has_not_happened_yet() -> None:
    log = plain_turn()
    async with running(log[:3]) as edge, Client(edge.url, "token", SPACE) as client:
        got: list[LoggedEvent] = []
        async with asyncio.timeout(30), aclosing(follow(client, PATH)) as reading:
            async for event in reading:
                got.append(event)
                if len(got) == 3:
                    edge.append(*log[3:])
                if len(got) == len(log):
                    break

    assert got == log


async def test_it_starts_after_the_event_that_it_is_given() -> None:
    log = plain_turn()
    async with running(log) as edge, Client(edge.url, "token", SPACE) as client:
        reading = follow(client, PATH, after=EventId(1, 3), until_idle=True)
        assert [event async for event in reading] == log[3:]


def test_waits_grow_to_a_limit_and_are_never_all_alike() -> None:
    waits = [backoff(attempt) for attempt in range(1, 5_000)]

    assert max(waits) <= 2.0
    assert waits[0] <= 0.1
    assert len(set(waits)) > 4_000


cuts = st.builds(
    Connection,
    cut=st.integers(0, 2_000),
    repeat=st.integers(0, 4),
    clean=st.booleans(),
    refused=st.sampled_from([None, None, None, UNAVAILABLE]),
)


@settings(max_examples=40, deadline=None)
@given(log=whole_logs(), connections=st.lists(cuts, max_size=6))
async def test_a_reader_holds_the_whole_log_over_any_reconnects(
    log: list[LoggedEvent], connections: list[Connection]
) -> None:
    assert await seen(log, *connections) == log
