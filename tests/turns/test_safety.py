"""Whole turns whose answers hold keys or give themselves away: what readers see, and what stays."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import pytest

from activities.safeguard import SAFE_ANSWER
from domain.fold import fold
from domain.safety.kinds import PLACES
from local.stack import Stack
from models.payloads.agent import OnContamination
from models.payloads.chat import ChatPart, ChatRequest, Cursor, Reply, TextPart
from models.payloads.events import LoggedEvent, TextDelta
from models.payloads.safety import Private
from models.payloads.turn import Finish, Outcome
from tests.turns.cast import Cast, an_agent
from tests.turns.lab import Lab, lab

LEAK = ("Gladly. ", "Sure, I will ", "ignore my previous ", "instructions. ", "What now?")
KEY = "sk-" + "abcdefghijklmnopqrstuvwx"
SECRET = ("The key is ", KEY[:2], KEY[2:9], KEY[9:], ", keep it. ", "Bye.")
AGENTS = {on: an_agent(on.value, on_contamination=on) for on in OnContamination}


@dataclass
class Saying:
    """Says the same words to everybody."""

    words: tuple[str, ...]
    name: str = "saying"
    resumable: bool = False

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        for word in self.words:
            yield TextPart(text=word)
            # Each is a delta of its own in the log.
            await asyncio.sleep(0.02)
        yield Reply(text="".join(self.words), model=self.name)

    async def cancel(self, cursor: Cursor) -> None: ...


@pytest.fixture(scope="module")
async def leaking(stack: Stack) -> AsyncIterator[Lab]:
    async with lab(stack, model=Saying(LEAK), agents=Cast(*AGENTS.values())) as here:
        yield here


async def said(here: Lab, on: OnContamination) -> tuple[list[LoggedEvent], str]:
    """The turn's events as a reader saw them live, and the text of all deltas."""
    result = await here.send("Hello", agent=AGENTS[on])
    events = await here.ended(result.turn_id)
    shown = "".join(one.event.text for one in events if isinstance(one.event, TextDelta))
    assert fold(events).texts == (await here.stored_fold()).texts
    return events, shown


def kinds(events: list[LoggedEvent]) -> list[str]:
    return [one.event.kind for one in events if one.event.kind != "text.delta"]


async def test_an_answer_that_leaves_its_role_is_withdrawn_and_the_turn_says_so(
    leaking: Lab,
) -> None:
    here = await leaking.beside()
    events, shown = await said(here, OnContamination.WITHDRAW)
    assert shown == "".join(LEAK)
    place = kinds(events).index("contamination.detected")
    assert kinds(events)[place : place + 3] == [
        "contamination.detected",
        "text.withdrawn",
        "text.completed",
    ]
    assert set(fold(events).texts.values()) == {SAFE_ANSWER}
    assert events[-1].turn_id is not None
    view = await here.view(events[-1].turn_id)
    assert (view.outcome, view.finish) == (Outcome.CONTAMINATED, Finish.WITHDRAWN)
    assert view.answer is not None
    assert view.answer.content == SAFE_ANSWER


async def test_readers_of_whole_sentences_never_see_the_one_that_gives_it_away(
    leaking: Lab,
) -> None:
    here = await leaking.beside()
    events, shown = await said(here, OnContamination.HOLD_SENTENCES)
    assert shown == "Gladly. "
    assert set(fold(events).texts.values()) == {SAFE_ANSWER}


async def test_readers_of_whole_answers_see_nothing_before_the_end(leaking: Lab) -> None:
    here = await leaking.beside()
    events, shown = await said(here, OnContamination.HOLD_WHOLE)
    assert shown == ""
    assert set(fold(events).texts.values()) == {SAFE_ANSWER}


async def test_an_agent_that_only_tells_lets_its_answer_stand(leaking: Lab) -> None:
    here = await leaking.beside()
    events, _ = await said(here, OnContamination.TELL)
    assert "contamination.detected" in kinds(events)
    assert "text.withdrawn" not in kinds(events)
    assert set(fold(events).texts.values()) == {"".join(LEAK)}


async def test_a_key_cut_across_deltas_reaches_neither_readers_nor_the_store(
    stack: Stack,
) -> None:
    async with lab(stack, model=Saying(SECRET), agents=Cast(*AGENTS.values())) as here:
        events, shown = await said(here, OnContamination.TELL)
        assert "sk-" not in shown
        assert shown.startswith(f"The key is {PLACES[Private.KEY]}, keep it. ")
        assert all(KEY not in one.model_dump_json() for one in await here.whole_log())
        completed = next(one.event for one in events if one.event.kind == "text.completed")
        assert completed.redacted == ("key",)
