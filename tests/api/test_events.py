"""Reading a log: from any place, without a line of anybody else's."""

import asyncio
from uuid import UUID, uuid4

import httpx2
import pytest

from api import following
from api.dependencies import Context
from api.metrics import Metrics
from api.streaming import EventStream
from models.errors import UnavailableError
from models.payloads.agent import AgentPlan
from models.payloads.events import EventId, SessionSummarised, TextDelta, TurnCompleted
from models.payloads.turn import IncomingMessage, Outcome
from tests.api.conftest import Scene
from tests.api.stream import Reading, all_of


async def a_log(scene: Scene, numbers: int = 3) -> UUID:
    """A conversation whose idle log has events 1.1, 1.2, … of one turn."""
    conversation, turn = await scene.conversation(), uuid4()
    for sequence in range(1, numbers + 1):
        event = TextDelta(step=1, text=str(sequence))
        await scene.fakes.feed.add(scene.log(conversation), turn, EventId(1, sequence), event)
    return conversation


async def read(scene: Scene, url: str, **options: object) -> list[str | None]:
    async with scene.client.stream("GET", url, **options) as answer:  # type: ignore[arg-type]  # headers, params
        assert answer.status_code == 200
        return [event.id for event in await all_of(answer)]


async def test_a_reader_gets_the_whole_log_and_then_its_end(scene: Scene) -> None:
    conversation = await a_log(scene)
    url = f"/v1/conversations/{conversation}/events?until=idle"
    assert await read(scene, url) == ["1.1", "1.2", "1.3"]


async def test_a_reader_goes_on_where_it_was(scene: Scene) -> None:
    conversation = await a_log(scene)
    url = f"/v1/conversations/{conversation}/events?until=idle"
    assert await read(scene, url, headers={"last-event-id": "1.1"}) == ["1.2", "1.3"]
    assert await read(scene, f"{url}&after=1.2") == ["1.3"]
    # The address is what the page was opened with; the header is newer.
    assert await read(scene, f"{url}&after=1.1", headers={"last-event-id": "1.2"}) == ["1.3"]


async def test_a_reader_that_has_everything_is_told_not_to_come_back(scene: Scene) -> None:
    conversation = await a_log(scene)
    url = f"/v1/conversations/{conversation}/events?until=idle"
    answer = await scene.client.get(url, headers={"last-event-id": "1.3"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert scene.fakes.feed.following == 0


async def test_a_conversation_that_is_busy_keeps_its_reader(scene: Scene) -> None:
    conversation = await a_log(scene)
    scene.fakes.engine.open = True
    url = f"/v1/conversations/{conversation}/events?until=idle&after=1.3"

    async def end_it() -> None:
        while not scene.fakes.feed.following:  # noqa: ASYNC110 - the server is another task
            await asyncio.sleep(0.01)
        scene.fakes.engine.open = False
        ended = TurnCompleted(outcome=Outcome.COMPLETED)
        await scene.fakes.feed.add(scene.log(conversation), uuid4(), EventId(1, 4), ended)

    ids, _ = await asyncio.gather(read(scene, url), end_it())
    assert ids == ["1.4"]


async def test_a_reader_until_idle_waits_for_the_summary(scene: Scene) -> None:
    conversation = await a_log(scene)
    scene.fakes.turns.summarising = True
    url = f"/v1/conversations/{conversation}/events?until=idle&after=1.3"
    async with scene.client.stream("GET", url) as answer:
        assert answer.status_code == 200
        scene.fakes.turns.summarising = False
        event = SessionSummarised(session_id=uuid4(), number=1, title="Spring", summary="Planned.")
        await scene.fakes.feed.add(scene.log(conversation), uuid4(), EventId(2, 1), event)
        assert [seen.kind for seen in await all_of(answer)] == ["session.summarised"]


async def test_temporal_away_does_not_end_a_turn_for_its_readers(scene: Scene) -> None:
    conversation = await a_log(scene)
    scene.fakes.engine.failure = UnavailableError("Away.", code="engine_unavailable")
    message = IncomingMessage(
        message_id=uuid4(),
        turn_id=uuid4(),
        user_id=uuid4(),
        body_hash="",
        agent=AgentPlan(name="general"),
    )
    turn = scene.fakes.turns.begin(scene.scope, message, 1)
    url = f"/v1/conversations/{conversation}/events?until=idle"
    async with scene.client.stream("GET", url, headers={"last-event-id": "1.3"}) as answer:
        assert answer.status_code == 200
        turn.outcome = Outcome.COMPLETED
        event = TextDelta(step=1, text="more")
        await scene.fakes.feed.add(scene.log(conversation), uuid4(), EventId(1, 4), event)
        assert [seen.id for seen in await all_of(answer)] == ["1.4"]


async def test_a_quiet_stream_shows_that_it_lives_and_spreads_its_readers(scene: Scene) -> None:
    conversation = await a_log(scene, 1)
    reading = Reading()
    url = f"/v1/conversations/{conversation}/events"
    async with scene.client.stream("GET", url) as answer:
        events = reading.events(answer)
        assert (await anext(events)).id == "1.1"
        waiting = asyncio.ensure_future(anext(events))
        while not reading.comments:  # noqa: ASYNC110 - the server is another task
            await asyncio.sleep(0.01)
        event = TextDelta(step=1, text="2")
        await scene.fakes.feed.add(scene.log(conversation), uuid4(), EventId(1, 2), event)
        assert (await waiting).id == "1.2"
    assert reading.comments[0] == ": ping"
    assert 250 <= reading.retries[0] <= 1_100
    assert answer.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in answer.headers
    assert "content-length" not in answer.headers


async def test_a_reader_that_leaves_is_let_go(scene: Scene) -> None:
    conversation = await a_log(scene)
    async with scene.client.stream("GET", f"/v1/conversations/{conversation}/events") as answer:
        await anext(Reading().events(answer))
        assert scene.fakes.feed.following == 1
    async with asyncio.timeout(5):
        while scene.fakes.feed.following:  # noqa: ASYNC110 - the server is another task
            await asyncio.sleep(0.01)
    # A disconnect never cancels.
    assert scene.fakes.engine.stopped == []


class HungUpError(Exception):
    """What a server may raise to say that nobody reads any more."""


async def hung_up(*_: object) -> None:
    raise HungUpError


async def looked_at(scene: Scene, conversation: UUID) -> following.Frames | None:
    """Frames of a log that was idle at the first look alone, and has nothing after the cursor."""
    looks = iter([True])

    async def idle() -> bool:
        return next(looks, False)

    context = Context(scene.caller, scene.scope, "request")
    return await following.frames(
        scene.fakes.ports(), context, conversation, EventId(1, 3), at_most=60, idle=idle
    )


async def test_a_reader_gone_before_its_first_event_is_let_go(scene: Scene) -> None:
    frames = await looked_at(scene, await a_log(scene))
    assert frames is not None
    assert scene.fakes.feed.following == 1
    response = EventStream(frames, metrics=Metrics(), ping=60, slow_write=60)
    with pytest.raises(HungUpError):
        await response({"type": "http"}, hung_up, hung_up)  # type: ignore[arg-type]  # gives no message
    assert scene.fakes.feed.following == 0


async def test_a_reader_gone_while_the_log_is_looked_at_is_let_go(scene: Scene) -> None:
    looking = asyncio.create_task(looked_at(scene, await a_log(scene)))
    while not scene.fakes.feed.following:  # noqa: ASYNC110 - the look is another task
        await asyncio.sleep(0)
    looking.cancel()
    await asyncio.wait({looking})
    assert looking.cancelled()
    assert scene.fakes.feed.following == 0


JUNK = ["x", "1", "1.", ".1", "1.1.1", "-1.1", "1.-1", "1 .1", "١.١", "9" * 17 + ".1", "1e3.1"]


@pytest.mark.parametrize("junk", [*JUNK, "1.1\x00", "1" * 5_000])
async def test_a_cursor_that_is_none_is_refused(scene: Scene, junk: str) -> None:
    conversation = await a_log(scene)
    answer = await scene.client.get(
        f"/v1/conversations/{conversation}/events", params={"after": junk}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


@pytest.mark.parametrize("junk", [junk for junk in JUNK if junk.isascii()] + ["1" * 5_000])
async def test_a_last_event_id_that_is_none_is_refused(scene: Scene, junk: str) -> None:
    conversation = await a_log(scene)
    answer = await scene.client.get(
        f"/v1/conversations/{conversation}/events", headers={"last-event-id": junk}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


async def test_headers_of_a_megabyte_are_refused(scene: Scene) -> None:
    conversation = await a_log(scene)
    try:
        answer = await scene.client.get(
            f"/v1/conversations/{conversation}/events", headers={"last-event-id": "1" * 1_000_000}
        )
    except httpx2.TransportError:
        return  # the server may hang up in the middle of them
    assert answer.status_code in {400, 431}


async def test_a_nul_in_a_header_never_reaches_a_route(scene: Scene) -> None:
    conversation = await a_log(scene)
    host = scene.client.base_url
    reader, writer = await asyncio.open_connection(host.host, host.port)
    writer.write(
        f"GET /v1/conversations/{conversation}/events HTTP/1.1\r\nhost: x\r\n"
        f"last-event-id: 1.1\x00\r\n\r\n".encode()
    )
    assert b" 400 " in await reader.readline()
    writer.close()


async def test_an_id_of_the_future_gets_nothing_until_the_log_passes_it(scene: Scene) -> None:
    conversation = await a_log(scene)
    url = f"/v1/conversations/{conversation}/events?until=idle"
    answer = await scene.client.get(url, headers={"last-event-id": "7.1"})
    assert answer.status_code == 204


async def test_an_id_of_another_conversation_shows_nothing_of_it(scene: Scene) -> None:
    theirs, mine = await a_log(scene, 9), await a_log(scene, 3)
    url = f"/v1/conversations/{mine}/events?until=idle"
    assert await read(scene, url, headers={"last-event-id": "1.2"}) == ["1.3"]
    assert (await scene.client.get(url, headers={"last-event-id": "1.9"})).status_code == 204
    assert len(scene.fakes.feed.logs[scene.log(theirs)]) == 9


async def test_an_unknown_conversation_is_a_real_404(scene: Scene) -> None:
    answer = await scene.client.get(f"/v1/conversations/{uuid4()}/events")
    assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")


async def test_a_ticket_opens_one_stream_of_its_conversation_once(scene: Scene) -> None:
    conversation = await a_log(scene)
    for_it = {"conversation_id": str(conversation)}
    made = await scene.client.post("/v1/stream-tickets", json=for_it)
    url = f"/v1/conversations/{conversation}/events?until=idle&ticket={made.json()['ticket']}"
    del scene.client.headers["authorization"], scene.client.headers["x-space-id"]

    assert await read(scene, url) == ["1.1", "1.2", "1.3"]
    again = await scene.client.get(url)
    assert (again.status_code, again.json()["code"]) == (401, "ticket_invalid")


async def test_a_ticket_opens_nothing_else(scene: Scene) -> None:
    one, other = await a_log(scene), await a_log(scene)
    made = await scene.client.post("/v1/stream-tickets", json={"conversation_id": str(one)})
    ticket = made.json()["ticket"]
    del scene.client.headers["authorization"]
    for path in (f"/{other}/events", f"/{one}", f"/{one}/messages", ""):
        answer = await scene.client.get(f"/v1/conversations{path}", params={"ticket": ticket})
        assert answer.status_code == 401


async def test_a_ticket_for_an_unknown_conversation_is_not_given(scene: Scene) -> None:
    answer = await scene.client.post("/v1/stream-tickets", json={"conversation_id": str(uuid4())})
    assert answer.json()["code"] == "conversation_not_found"
