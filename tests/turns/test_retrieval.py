"""From a message to a cited answer: what is found, what the model gets, which marks are left."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest

from adapters.store.spaces import PostgresSpaces
from domain.catalogue import DIRECT, GENERAL
from domain.fold import fold
from domain.ports.conversations import Message
from domain.ports.model import ChatModel
from local.stack import Stack
from models.errors import ModelUnavailableError
from models.payloads.chat import ChatPart, ChatRequest, Cursor, Role, TextPart
from models.payloads.events import (
    LoggedEvent,
    RetrievalCompleted,
    RetrievalStream,
    TextCompleted,
    ToolCompleted,
)
from models.payloads.turn import Outcome
from tests.knowledge.conftest import add_space
from tests.knowledge.shelf import Book, Shelf
from tests.turns.lab import Lab, lab

REFUND = "Customers get their money back within fourteen days of returning an article."
LOGO = "The logo is never placed on a patterned background."
ISLANDS = "Deliveries to islands take five working days by ship."
PODCAST = "Our podcasts appear each Thursday at noon."
BRIEF = "The summer campaign starts in June with a budget of 4,000 euros."
BREAKING = "The line may break."


class Overheard:
    """The model, and all that it was asked. A test can let it wait before it listens."""

    def __init__(self, model: ChatModel) -> None:
        self.name = model.name
        self.resumable = model.resumable
        self.asked: list[ChatRequest] = []
        self.may_listen = asyncio.Event()
        self.may_listen.set()
        self._model = model

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        """Its connection breaks once in an answer to a message that says so."""
        await self.may_listen.wait()
        self.asked.append(request)
        breaks = resume is None and BREAKING in request.messages[-1].content
        heard = 0
        async with aclosing(self._model.stream(request, resume)) as parts:
            async for part in parts:
                yield part
                heard += isinstance(part, TextPart)
                if breaks and heard == 3:
                    raise ModelUnavailableError("The connection broke.")

    async def cancel(self, cursor: Cursor) -> None:
        await self._model.cancel(cursor)


@dataclass(frozen=True)
class Library:
    """A space of its own with four facts in it, and its model."""

    lab: Lab
    model: Overheard


@pytest.fixture(scope="module")
async def library(stack: Stack) -> AsyncIterator[Library]:
    models: list[Overheard] = []

    def around(model: ChatModel) -> ChatModel:
        models.append(Overheard(model))
        return models[-1]

    async with lab(stack, around=around) as everywhere:
        here = replace(everywhere, scope=await add_space(everywhere.database))
        await put(here, REFUND, LOGO, ISLANDS, PODCAST)
        yield Library(here, models[-1])


@pytest.fixture
async def here(library: Library) -> Lab:
    """A conversation of its own."""
    return await library.lab.beside()


@pytest.fixture
def asked(library: Library) -> list[ChatRequest]:
    library.model.asked.clear()
    return library.model.asked


@pytest.fixture
def listens(library: Library) -> Iterator[asyncio.Event]:
    """The model is asked nothing before this is set."""
    may_listen = library.model.may_listen
    may_listen.clear()
    yield may_listen
    may_listen.set()


async def put(here: Lab, *texts: str, collection: str = "general") -> UUID:
    embedder = here.adapters.embedders.default
    vectors, _ = await embedder.embed(texts)
    book = Book(texts, vectors, title="Facts", model=embedder.name, collection=collection)
    await Shelf(here.database, here.scope).put(book)
    return book.id


def found_in(events: list[LoggedEvent], turn_id: UUID) -> RetrievalCompleted:
    return next(
        logged.event
        for logged in events
        if logged.turn_id == turn_id and isinstance(logged.event, RetrievalCompleted)
    )


def completed_in(events: list[LoggedEvent], turn_id: UUID) -> TextCompleted:
    return [
        logged.event
        for logged in events
        if logged.turn_id == turn_id and isinstance(logged.event, TextCompleted)
    ][-1]


async def last_message(here: Lab) -> Message:
    page = await here.conversations.messages(
        here.scope, here.conversation_id, limit=50, cursor=None
    )
    return page.items[-1]


async def test_an_answer_cites_what_was_found_and_its_sources_say_where(
    here: Lab, asked: list[ChatRequest]
) -> None:
    result = await here.send("How do customers get their money back?", agent=GENERAL)
    events = await here.ended(result.turn_id)
    found = found_in(events, result.turn_id)
    first = found.sources[0]
    assert (first.mark, first.title, first.snippet) == (1, "Facts", REFUND)
    assert first.end > first.start
    assert [report.stream for report in found.streams] == [RetrievalStream.SEARCH]
    assert found.error is None
    message = await last_message(here)
    assert f'"{REFUND}" [1]' in message.content
    assert message.sources == found.sources
    assert completed_in(events, result.turn_id).removed_marks == ()
    # What was found is data in the user's rank, right before the question.
    assert REFUND not in asked[-1].instructions
    assert REFUND in asked[-1].messages[-2].content
    assert asked[-1].messages[-1].content.startswith("How do customers")


async def test_marks_that_nothing_bears_out_are_gone_everywhere(here: Lab) -> None:
    said = "Customers get money back [1]. Penguins breed on ice in large colonies [1]. So [9]."
    left = "Customers get money back [1]. Penguins breed on ice in large colonies. So."
    result = await here.send(
        f"How do customers get their money back?\n@offline reply={said}", agent=GENERAL
    )
    live = await here.ended(result.turn_id)
    completed = completed_in(live, result.turn_id)
    assert (completed.text, completed.removed_marks) == (left, ("[1]", "[9]"))
    assert (await last_message(here)).content == left
    assert fold(live).texts == (await here.stored_fold()).texts
    assert list(fold(live).texts.values()) == [left]


async def test_what_was_said_before_a_stop_is_checked_too(here: Lab) -> None:
    said = "Money comes back [7]. " + "word " * 300
    result = await here.send(
        f"How do customers get their money back?\n@offline gap_ms=100\n@offline reply={said}",
        agent=GENERAL,
    )
    await here.until(result.turn_id, "text.delta", 8)
    await here.stop(result.turn_id)
    live = await here.ended(result.turn_id)
    assert (await here.view(result.turn_id)).outcome is Outcome.STOPPED
    completed = completed_in(live, result.turn_id)
    assert completed.text.startswith("Money comes back. word")
    assert completed.removed_marks == ("[7]",)
    assert (await last_message(here)).content == completed.text
    assert fold(live).texts == (await here.stored_fold()).texts


async def test_an_answer_that_was_taken_up_again_is_checked_whole(
    here: Lab, asked: list[ChatRequest]
) -> None:
    said = "Customers [9] get their money back within fourteen days [1] of returning it [8]."
    result = await here.send(
        f"How do customers get money back? {BREAKING}\n@offline gap_ms=10\n@offline reply={said}",
        agent=GENERAL,
    )
    live = await here.ended(result.turn_id)
    completed = completed_in(live, result.turn_id)
    assert (
        completed.text == "Customers get their money back within fourteen days [1] of returning it."
    )
    assert completed.removed_marks == ("[9]", "[8]")
    assert "attempt.superseded" not in [logged.event.kind for logged in live]
    assert len(asked) == 2
    assert fold(live).texts == (await here.stored_fold()).texts


async def test_who_retrieves_nothing_keeps_its_brackets(here: Lab) -> None:
    result = await here.send("Hi\n@offline reply=The array is [7], of one.", agent=DIRECT)
    await here.ended(result.turn_id)
    assert (await last_message(here)).content == "The array is [7], of one."


async def test_what_a_tool_finds_has_marks_that_go_on(
    here: Lab, asked: list[ChatRequest], listens: asyncio.Event
) -> None:
    result = await here.send(
        "How do customers get their money back?\n"
        '@offline call=search_documents args={"query": "summer campaign budget", "top_k": 2}\n'
        "@offline reply=The summer campaign has a budget of 4,000 euros [5]. So [9].",
        agent=GENERAL,
    )
    await here.until(result.turn_id, "retrieval.completed")
    await put(here, BRIEF)
    listens.set()
    events = await here.ended(result.turn_id)
    assert len(found_in(events, result.turn_id).sources) == 4
    tool = next(e.event for e in events if isinstance(e.event, ToolCompleted))
    assert f'<passage mark="5" title="Facts">{BRIEF}</passage>' in tool.result
    message = await last_message(here)
    assert message.content == "The summer campaign has a budget of 4,000 euros [5]. So."
    assert [source.mark for source in message.sources] == [1, 2, 3, 4, 5]
    assert message.sources[4].snippet == BRIEF
    assert BRIEF in [source.snippet for source in tool.sources]
    assert fold(events).sources[events[0].id.turn] == message.sources
    # What the tool found stands in its result alone.
    results = [m.content for m in asked[-1].messages if m.role is Role.TOOL]
    assert [BRIEF in content for content in results] == [True]
    given = [m.content for m in asked[-1].messages if m.content.startswith("<passages>")]
    assert [BRIEF in content for content in given] == [False]


async def test_a_question_that_leans_on_the_last_is_searched_alone(here: Lab) -> None:
    await here.answer("How long do deliveries to islands take?", agent=GENERAL)
    result = await here.send("And by ship?", agent=GENERAL)
    found = found_in(await here.ended(result.turn_id), result.turn_id)
    assert found.query is not None
    assert "islands" in found.query
    assert found.sources[0].snippet == ISLANDS
    alone = await here.send("On which background is the logo placed?", agent=GENERAL)
    assert found_in(await here.ended(alone.turn_id), alone.turn_id).query is None


async def test_a_named_document_is_read_by_any_agent_and_missing_ones_are_told(
    here: Lab, asked: list[ChatRequest]
) -> None:
    brief, unknown = await put(here, BRIEF, collection="briefs"), uuid4()
    message = here.message("Summarise it", agent=DIRECT)
    await here.deliver(message.model_copy(update={"references": (brief, unknown)}))
    found = found_in(await here.ended(message.turn_id), message.turn_id)
    assert [source.snippet for source in found.sources] == [BRIEF]
    (report,) = found.streams
    assert (report.stream, report.missing) == (RetrievalStream.REFERENCES, (unknown,))
    assert report.error == found.error == "document_not_found"
    assert BRIEF in asked[-1].messages[-2].content


async def test_the_business_is_known_to_every_turn_and_is_no_source(
    here: Lab, asked: list[ChatRequest]
) -> None:
    await PostgresSpaces(here.database).set_profile(here.scope, "We sell <b>bicycles</b>.")
    result = await here.send("How do customers get their money back?", agent=GENERAL)
    found = found_in(await here.ended(result.turn_id), result.turn_id)
    assert "We sell &lt;b&gt;bicycles" in asked[-1].instructions
    assert RetrievalStream.PROFILE in [report.stream for report in found.streams]
    assert all("bicycles" not in source.snippet for source in found.sources)
    assert (await last_message(here)).sources == found.sources


async def test_a_foreign_space_gives_nothing(here: Lab) -> None:
    secret = await put(here, "The secret launch of the penguin campaign is in March.")
    elsewhere = replace(here, scope=await add_space(here.database))
    there = await elsewhere.beside()
    message = there.message("When is the secret launch of the penguin campaign?", agent=GENERAL)
    await there.deliver(message.model_copy(update={"references": (secret,)}))
    found = found_in(await there.ended(message.turn_id), message.turn_id)
    assert found.sources == ()
    assert found.error == "document_not_found"
    assert {report.stream: report.error for report in found.streams} == {
        RetrievalStream.REFERENCES: "document_not_found",
        RetrievalStream.SEARCH: None,
    }
