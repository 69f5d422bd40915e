"""What a stream of a dialect does when its feed does not simply give a turn."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import pytest

from api import relaying
from api.dependencies import Context, Edge
from api.dialects import ag_ui, sse
from api.dialects.ai_sdk import Encoder
from api.dialects.ai_sdk_parts import Client
from api.relaying import Followed, relay
from domain.wire import WireEvent, encode
from models.payloads.events import START, ConversationTitled, EventId, LoggedEvent
from tests.dialects.asking_turn import APPROVAL, ASKED, WHOLE
from tests.dialects.corpus import turns
from tests.dialects.legal_turns import TURN
from tests.dialects.node import Clients
from tests.dialects.test_ag_ui import a_run, an_agent
from tests.dialects.test_ai_sdk import CHAT, frames


@dataclass
class Feed:
    """Gives so many events at a time, then ends, as a feed does that is cut on purpose."""

    log: tuple[LoggedEvent, ...]
    each: int
    asked: list[EventId] = field(default_factory=list)

    async def follow(self, _: object, after: EventId, **__: object) -> AsyncIterator[WireEvent]:
        self.asked.append(after)
        for one in [one for one in self.log if one.id > after][: self.each]:
            yield encode(one)


class LateFeed(Feed):
    """Its worker is a while about what follows on the verdict."""

    async def follow(self, _: object, after: EventId, **__: object) -> AsyncIterator[WireEvent]:
        async for event in super().follow(_, after):
            if event.id == WHOLE[len(ASKED)].id:
                for _round in range(100):
                    await asyncio.sleep(0)
            yield event


async def streamed(
    feed: Feed, turn_id: UUID, *, stays: bool = False, encoder: relaying.Encoder | None = None
) -> list[str]:
    limits = SimpleNamespace(longest_stream=600.0)
    edge = cast("Edge", SimpleNamespace(ports=SimpleNamespace(feed=feed), limits=limits))
    context = cast("Context", SimpleNamespace(log=lambda _: None))
    turn = Followed(CHAT, turn_id, START, stays)
    frames = relay(edge, context, turn, encoder or Encoder(CHAT), end=sse.DONE)
    return [frame.decode() async for frame in frames]


def a_turn(shape: str) -> tuple[UUID, tuple[LoggedEvent, ...]]:
    return next(iter(turns(shape, "live").items()))


@pytest.mark.parametrize("each", [1, 3])
async def test_a_stream_goes_on_over_the_feeds_cuts(each: int) -> None:
    turn_id, log = a_turn("tool")
    feed = Feed(log, each)
    assert await streamed(feed, turn_id) == frames(log)[1:]
    assert feed.asked == sorted(set(feed.asked))


async def test_a_feed_that_gives_nothing_any_more_ends_the_stream_and_says_so() -> None:
    turn_id, log = a_turn("plain")
    sent = await streamed(Feed(log[:3], 100), turn_id)
    assert relaying.CUT in sent[-4]
    assert "text-end" in sent[-5]
    assert '"finish"' in sent[-2]
    assert sent[-1] == sse.DONE.decode()


async def test_other_turns_of_the_conversation_are_passed_over() -> None:
    (first, log), (second, behind), *_ = turns("three_in_a_row", "live").items()
    sent = await streamed(Feed((*log, *behind), 1_000), second)
    assert sent == frames(behind)[1:]
    assert str(first) not in "".join(sent)


async def test_what_belongs_to_no_turn_begins_no_message() -> None:
    turn_id, log = a_turn("plain")
    event = ConversationTitled(title="Leave")
    titled = LoggedEvent(id=EventId(0, 1), at=log[0].at, event=event)
    assert await streamed(Feed((titled, *log), 1_000), turn_id) == frames(log)[1:]


async def test_a_turn_that_waits_ends_as_the_protocol_has_it_when_its_feed_ends() -> None:
    turn_id, log = a_turn("approved")
    asked = [one.event.kind for one in log].index("usage.recorded")
    sent = await streamed(Feed(log[: asked + 1], 100), turn_id)
    assert '"finishReason":"tool-calls"' in sent[-2]
    assert f'"cursor":"{log[asked].id}"' in sent[-2]


def going_on(dialect: str, settled: frozenset[UUID]) -> relaying.Encoder:
    """For a client that has seen what it was asked."""
    seen = ASKED[-1].id
    if dialect == "ai_sdk":
        return Encoder(CHAT, Client.V7, seen, settled)
    return ag_ui.Encoder(a_run(), seen, settled)


@pytest.mark.parametrize("dialect", ["ai_sdk", "ag_ui"])
async def test_a_verdict_that_the_log_does_not_know_yet_is_waited_for(
    dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "_QUIET", 0.0)
    given = frozenset({APPROVAL})
    sent = await streamed(LateFeed(WHOLE, 100), TURN, encoder=going_on(dialect, given))
    expected = going_on(dialect, given)
    chunks = [chunk for event in WHOLE for chunk in expected.take(event)]
    assert sent == [*(sse.unnamed(chunk).decode() for chunk in chunks), sse.DONE.decode()]


@pytest.mark.parametrize("client", [0, 1])
async def test_a_run_that_only_waits_on_begins_all_the_same(client: int, ag_ui: Clients) -> None:
    agent = await an_agent(ag_ui, client)
    sent = await streamed(Feed(ASKED, 100), TURN, encoder=going_on("ag_ui", frozenset()))
    seen = await ag_ui.ask("run", name=agent, frames=sent[:-1])
    assert seen["failed"] is None
    assert seen["state"]["holdfast"]["cursor"] == str(ASKED[-1].id)


@pytest.mark.parametrize("client", [0, 1])
async def test_a_run_that_is_cut_before_it_begins_is_an_error_alone(
    client: int, ag_ui: Clients
) -> None:
    agent = await an_agent(ag_ui, client)
    encoder = going_on("ag_ui", frozenset({APPROVAL}))
    sent = await streamed(Feed(ASKED, 100), TURN, encoder=encoder)
    seen = await ag_ui.ask("run", name=agent, frames=sent[:-1])
    assert [event["type"] for event in seen["events"]] == ["RUN_ERROR"]
    assert seen["state"] == a_run().state
