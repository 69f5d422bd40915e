"""Every shape of turn in AI SDK's dialect, held against AI SDK's own chat."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from api.dialects import sse
from api.dialects.ai_sdk import Encoder
from api.dialects.ai_sdk_message import message
from api.dialects.ai_sdk_parts import Client
from domain.fold import fold
from models.payloads.events import LoggedEvent
from tests.dialects.corpus import few, names, recorded, turns
from tests.dialects.node import Clients

CHAT = UUID("9f1f7d52-6a3c-4a39-b3c7-0a61f1c3a111")


def chunks(events: Iterable[LoggedEvent], client: Client = Client.V7) -> list[dict[str, Any]]:
    encoder = Encoder(CHAT, client)
    return [chunk for event in events for chunk in encoder.take(event)]


def frames(events: Iterable[LoggedEvent], client: Client = Client.V7) -> list[str]:
    """As they are sent."""
    found = [sse.unnamed(chunk).decode() for chunk in chunks(events, client)]
    return ["retry: 1000\n\n", *found, sse.DONE.decode()]


def texts(answer: dict[str, Any]) -> list[str]:
    return [part["text"] for part in answer["parts"] if part["type"] == "text"]


@pytest.mark.parametrize("client", [Client.V5, Client.V6])
@pytest.mark.parametrize("name", names())
async def test_no_older_client_rejects_a_turn(name: str, client: Client, ai_sdk: Clients) -> None:
    for events in turns(*name.split(".")).values():
        seen = await ai_sdk.ask("turn", client=client, frames=frames(events, client))
        failed = events[-1].event.kind == "turn.failed"
        assert seen["status"] == ("error" if failed else "ready"), seen["error"]


@pytest.mark.parametrize("name", names())
async def test_a_client_holds_what_the_log_says_and_histories_hold_the_same(
    name: str, ai_sdk: Clients
) -> None:
    for turn_id, events in turns(*name.split(".")).items():
        seen = await ai_sdk.ask("turn", frames=frames(events))
        failed = events[-1].event.kind == "turn.failed"
        assert seen["status"] == ("error" if failed else "ready"), seen["error"]
        answer, law = seen["messages"][-1], fold(events)
        assert answer["id"] == str(turn_id)
        assert texts(answer) == [law.texts[place] for place in sorted(law.texts)]
        assert answer == message(chunks(events))


@pytest.mark.parametrize("shape", sorted(recorded()))
async def test_a_stream_torn_off_anywhere_and_resumed_gives_the_same_message(
    shape: str, ai_sdk: Clients
) -> None:
    for turn_id, all_of_it in turns(shape, "live").items():
        events = few(all_of_it)
        replays = {"live": frames(events), "stored": frames(turns(shape, "stored")[turn_id])}
        tried = await ai_sdk.ask("cuts", whole=frames(events), replays=replays)
        assert not tried["wrong"]


@pytest.mark.parametrize("client", [Client.V5, Client.V6])
async def test_an_older_client_is_told_which_text_was_given_up(
    client: Client, ai_sdk: Clients
) -> None:
    """It cannot be taken back from these: the history is right."""
    (events,) = turns("superseded", "live").values()
    seen = await ai_sdk.ask("turn", client=client, frames=frames(events, client))
    said = [part for part in seen["messages"][-1]["parts"] if part["type"] == "text"]
    assert said[0]["providerMetadata"] == {"holdfast": {"withdrawn": True}}
    assert [said[1]["text"]] == [*fold(events).texts.values()]
    assert len(said) == 2
