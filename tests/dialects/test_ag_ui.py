"""Every shape of turn in AG-UI's dialect, held against AG-UI's own agent with its verifier on."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

import pytest

from api.dialects import sse
from api.dialects.ag_ui import Encoder, Run
from domain.fold import fold
from models.ids import answer_id
from models.payloads.events import LoggedEvent
from tests.dialects.asking_turn import ANSWERED, APPROVAL, ASKED, SAID, WHOLE
from tests.dialects.corpus import few, names, recorded, turns
from tests.dialects.node import Clients

HELD = [{"id": "before", "role": "user", "content": "Earlier"}]
QUESTION = {"id": "question", "role": "user", "content": "Hello"}
STATE = {"theirs": [1, 2]}
VERSIONS = (0, 1)


def frames(events: Iterable[LoggedEvent], run: Run) -> list[str]:
    encoder = Encoder(run)
    chunks = [chunk for event in events for chunk in encoder.take(event)]
    return ["retry: 1000\n\n", *(sse.unnamed(chunk).decode() for chunk in chunks)]


def a_run(client: int = 1, messages: Sequence[dict[str, Any]] = (*HELD, QUESTION)) -> Run:
    return Run("thread", "run", list(messages), dict(STATE), current=client == 1)


async def an_agent(ag_ui: Clients, client: int = 1) -> str:
    name = str(uuid4())
    await ag_ui.ask("make", name=name, client=client, thread="thread", messages=HELD, state=STATE)
    return name


async def seen(ag_ui: Clients, events: Sequence[LoggedEvent], client: int = 1) -> dict[str, Any]:
    agent = await an_agent(ag_ui, client)
    sent: dict[str, Any] = await ag_ui.ask(
        "run", name=agent, text="Hello", id="question", frames=frames(events, a_run(client))
    )
    return sent


def said(messages: Iterable[dict[str, Any]]) -> dict[str, str]:
    return {
        one["id"]: one["content"]
        for one in messages
        if one["role"] == "assistant" and one.get("content")
    }


@pytest.mark.parametrize("client", VERSIONS)
@pytest.mark.parametrize("name", names())
async def test_a_client_takes_every_turn_and_shows_what_the_log_says(
    name: str, client: int, ag_ui: Clients
) -> None:
    for turn_id, events in turns(*name.split(".")).items():
        law = fold(events)
        told = {str(answer_id(turn_id, step)): law.texts[turn, step] for turn, step in law.texts}
        run = await seen(ag_ui, events, client)
        failed = events[-1].event.kind == "turn.failed"
        assert run["events"][-1]["type"] == ("RUN_ERROR" if failed else "RUN_FINISHED"), run
        assert (run["failed"] is None) or failed
        assert run["state"]["theirs"] == STATE["theirs"]
        assert [one["id"] for one in run["messages"]][:2] == ["before", "question"]
        assert said(run["messages"]) == told


@pytest.mark.parametrize("shape", sorted(recorded()))
async def test_a_run_torn_off_anywhere_and_run_again_ends_the_same(
    shape: str, ag_ui: Clients
) -> None:
    for all_of_it in turns(shape, "live").values():
        events = few(all_of_it)
        whole = frames(events, a_run())
        expected = await seen(ag_ui, events)
        for at in range(1, len(whole)):
            agent = await an_agent(ag_ui)
            asked = {"name": agent, "text": "Hello", "id": "question"}
            torn = await ag_ui.ask("run", **asked, frames=whole[:at], torn=True)
            assert torn["failed"] is not None
            again = frames(
                events, Run("thread", "run", torn["messages"], torn["state"], current=True)
            )
            got = await ag_ui.ask("run", name=agent, frames=again)
            assert held(got) == held(expected), at


def held(run: dict[str, Any]) -> object:
    """What the client has in the end; reasoning stays where it first was."""
    return [one for one in run["messages"] if one["role"] != "reasoning"], run["state"]


def order(messages: Iterable[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in messages]


@pytest.mark.parametrize("client", VERSIONS)
async def test_a_run_that_is_run_again_leaves_its_messages_in_the_logs_order(
    client: int, ag_ui: Clients
) -> None:
    agent = await an_agent(ag_ui, client)
    asked = {"name": agent, "text": "Hello", "id": "question"}
    whole = frames(WHOLE, a_run(client))
    torn = await ag_ui.ask("run", **asked, frames=whole[:-1], torn=True)
    again = Run("thread", "run", torn["messages"], torn["state"], current=client == 1)
    got = await ag_ui.ask("run", name=agent, frames=frames(WHOLE, again))
    assert got["failed"] is None
    assert order(got["messages"]) == [
        *order(HELD), "question", SAID, "look:result", "send:result", ANSWERED
    ]  # fmt: skip


@pytest.mark.parametrize("client", VERSIONS)
async def test_a_run_behind_a_verdict_leaves_every_message_at_its_place(
    client: int, ag_ui: Clients
) -> None:
    agent = await an_agent(ag_ui, client)
    paused = Encoder(a_run(client))
    first = [chunk for event in ASKED for chunk in paused.take(event)] + paused.pause()
    asked = await ag_ui.ask(
        "run", name=agent, text="Hello", id="question", frames=[*map(framed, first)]
    )
    run = Run("thread", "next", asked["messages"], asked["state"], current=client == 1)
    going_on = Encoder(run, ASKED[-1].id)
    rest = [chunk for event in WHOLE for chunk in going_on.take(event)]
    answer = {"interruptId": str(APPROVAL), "status": "resolved", "payload": {"approved": True}}
    resume = [answer] if client == 1 else None
    got = await ag_ui.ask("run", name=agent, frames=[*map(framed, rest)], resume=resume)
    assert got["failed"] is None
    shown = [*order(HELD), "question", SAID, "look:result", "send:result"]
    assert [order(one["messages"]) for one in rest if "messages" in one] == [shown]
    assert order(got["messages"]) == [*shown, ANSWERED]


def framed(chunk: dict[str, Any]) -> str:
    return sse.unnamed(chunk).decode()
