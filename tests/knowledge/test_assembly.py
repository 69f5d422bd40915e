"""What is given fits its budget, and no stream takes another's room."""

from uuid import uuid4

from activities.beginning import question
from domain.assembly import merged, numbered, within
from domain.catalogue import DIRECT, GENERAL, Catalogue
from domain.ports.search import Loaded
from domain.ports.transcript import Passage, StepContext
from domain.tokens import count
from domain.tools.toolbox import Toolbox
from domain.wire import now
from models.payloads.agent import Agent
from models.payloads.chat import ChatRequest, Role, StoredMessage
from models.payloads.events import EventId, LoggedEvent, RetrievalCompleted
from models.payloads.scope import Scope
from models.payloads.sources import Source


def a_passage(text: str, mark: int = 0) -> Passage:
    source = Source(
        mark=mark,
        passage_id=uuid4(),
        document_id=uuid4(),
        title="T",
        snippet=text[:9],
        score=0.123456,
    )
    return Passage(source, text)


def texts(passages: list[Passage]) -> list[str]:
    return [passage.text for passage in passages]


def test_the_first_is_always_given_and_a_shorter_one_fills_what_is_left() -> None:
    long, longer, short = (Loaded(a_passage("word " * n), b"") for n in (100, 400, 10))
    assert within([longer, short], 1) == [longer]
    assert within([long, longer, short], 250) == [long, short]
    assert within([long, longer, short], None) == [long, longer, short]
    assert within([], 10) == []


def test_streams_take_turns_and_a_text_comes_once() -> None:
    found = merged(
        [
            [a_passage("a1"), a_passage("a2"), a_passage("a3")],
            [],
            [a_passage("A1 "), a_passage("b2")],
        ],
        1_000,
    )
    assert texts(found) == ["a1", "a2", "b2", "a3"]


def test_the_same_passage_in_two_streams_comes_once() -> None:
    one = a_passage("one")
    assert merged([[one], [one]], 1_000) == [one]


def test_all_streams_together_keep_to_the_budget() -> None:
    streams = [[a_passage(f"{s}{n} " * 200) for n in range(10)] for s in "ab"]
    found = merged(streams, 2_000)
    assert 2 < len(found) < 10
    assert sum(count(text) for text in texts(found)) <= 2_000
    assert {text[0] for text in texts(found)} == {"a", "b"}


def test_marks_run_from_one_and_scores_are_round() -> None:
    found = numbered([a_passage("x"), a_passage("y")])
    assert [(p.source.mark, p.source.score) for p in found] == [(1, 0.1235), (2, 0.1235)]


def asked(agent: Agent, passages: list[Passage], retrieved: int) -> ChatRequest:
    """The question to the model, when the first so many passages were found before the step."""
    history = tuple(
        StoredMessage(id=uuid4(), role=role, content=content)
        for role, content in (
            (Role.USER, "Before?"),
            (Role.ASSISTANT, "So."),
            (Role.USER, "Now?"),
            (Role.ASSISTANT, "I look."),
            (Role.TOOL, "Found."),
        )
    )
    event = RetrievalCompleted(sources=tuple(p.source for p in passages[:retrieved]))
    loaded = StepContext(
        reply=None,
        events=(LoggedEvent(id=EventId(1, 1), at=now(), event=event),),
        history=history,
        passages=tuple(passages),
        now=now(),
    )
    return question(agent, loaded, "m", Toolbox([]), count)


def test_what_was_found_stands_right_before_the_question() -> None:
    request = asked(GENERAL, [a_passage("first", 1), a_passage("from a tool", 2)], 1)
    contents = [message.content for message in request.messages]
    assert contents[:2] == ["Before?", "So."]
    assert contents[2].startswith("<passages>")
    assert contents[3:] == ["Now?", "I look.", "Found."]
    assert "first" in contents[2]
    assert "from a tool" not in contents[2]
    assert request.messages[-1].role is Role.TOOL


def test_without_passages_nothing_is_put_in() -> None:
    assert len(asked(DIRECT, [], 0).messages) == 5
    assert asked(DIRECT, [], 0).instructions == DIRECT.instructions


async def test_passages_leave_a_small_model_room_for_the_conversation() -> None:
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    small = await Catalogue(context_tokens=4_000, output_tokens=500).get(scope, GENERAL.name)
    assert small.passage_tokens == 1_750
    assert (await Catalogue().get(scope, GENERAL.name)).passage_tokens == GENERAL.passage_tokens
