"""An answer as a message: posted once whatever dies, drawn within Slack's limits."""

import asyncio
from uuid import UUID, uuid4

import pytest

from adapters.slack import answer
from adapters.slack.reading import plain
from adapters.slack.threads import SlackThreads
from adapters.store.conversations import PostgresConversations
from adapters.store.slack_answers import PostgresSlackAnswers
from domain.answer_progress import AnswerProgress
from domain.ports.threads import Shown
from domain.wire import encode, now
from local.slack import checking
from local.slack.names import BOT, TEAM
from local.slack.workspace import Message
from models.errors import UnavailableError
from models.payloads.events import (
    AgentChosen,
    Event,
    EventId,
    LoggedEvent,
    TextCompleted,
    TextDelta,
    TextWithdrawn,
    ToolCompleted,
    ToolStarted,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    TurnStopped,
)
from models.payloads.scope import Scope, TurnKey
from models.payloads.slack import SlackThread
from models.payloads.sources import Source
from models.payloads.turn import Outcome
from models.states import Role
from tests.slack.town import CHANNEL, Town
from tests.slack.working import PAGE, threads_of

TURN = TurnKey(
    scope=Scope(organisation_id=uuid4(), space_id=uuid4()), conversation_id=uuid4(), turn_id=uuid4()
)


async def asked(here: Town) -> tuple[TurnKey, SlackThread]:
    """A question in the channel, and the turn that answers it."""
    ts = here.workspace.now()
    here.workspace.add(here.channel, Message(ts=ts, user="UADA", text="Why?"))
    conversation_id = uuid4()
    await PostgresConversations(here.database).create(
        here.scope,
        await here.admit(Role.MEMBER),
        conversation_id=conversation_id,
        title=None,
        agent="general",
    )
    turn = TurnKey(scope=here.scope, conversation_id=conversation_id, turn_id=uuid4())
    return turn, SlackThread(team_id=TEAM, channel=CHANNEL, timestamp=ts)


def standing(here: Town, thread: SlackThread) -> list[Message]:
    return [one for one in here.channel.messages if one.thread_ts == thread.timestamp]


class _Dying(SlackThreads):
    """Its worker dies before Slack's answer is kept."""

    async def _kept(self, *_: object) -> None:  # type: ignore[override]  # it never gets there
        raise UnavailableError("killed", code="killed")


async def test_a_second_attempt_writes_into_the_message_of_the_first(here: Town) -> None:
    turn, thread = await asked(here)
    threads = threads_of(here)
    dying = _Dying(threads._credentials, PostgresSlackAnswers(here.database), PAGE)
    with pytest.raises(UnavailableError):
        await dying.begin(turn, thread, Shown(note="…"))

    begun = await threads.begin(turn, thread, Shown(text="Beca"))
    assert begun is not None
    assert not begun.shows
    posted = begun.posted
    assert await threads.show(turn, posted, Shown(text="Because."))
    assert await threads.begin(turn, thread, Shown(text="Because.")) == begun
    [message] = standing(here, thread)
    assert (message.ts, message.blocks) == (
        posted.timestamp,
        [{"type": "markdown", "text": "Because."}],
    )


async def test_of_two_that_begin_at_once_one_message_stays(here: Town) -> None:
    turn, thread = await asked(here)
    threads = threads_of(here)
    both = await asyncio.gather(*(threads.begin(turn, thread, Shown(note="…")) for _ in range(2)))
    assert {begun and begun.posted.timestamp for begun in both} == {
        one.ts for one in standing(here, thread)
    }
    assert len(standing(here, thread)) == 1


async def test_nobody_is_left_to_tell(here: Town) -> None:
    turn, thread = await asked(here)
    threads = threads_of(here)
    begun = await threads.begin(turn, thread, Shown(note="…"))
    assert begun is not None
    assert begun.shows
    here.channel.messages = []
    assert not await threads.show(turn, begun.posted, Shown(text="Gone."))

    turn, thread = await asked(here)
    elsewhere = thread.model_copy(update={"team_id": "TOTHER"})
    assert await threads.begin(turn, elsewhere, Shown()) is None
    lost = thread.model_copy(update={"timestamp": "1.000001"})
    assert await threads.begin(turn, lost, Shown()) is None
    erased = turn.model_copy(update={"conversation_id": uuid4(), "turn_id": uuid4()})
    assert await threads.begin(erased, thread, Shown()) is None
    await here.store.remove(here.scope, by=None)
    assert await threads.begin(turn, thread, Shown()) is None


async def test_another_space_sees_nothing_of_it(here: Town) -> None:
    turn, thread = await asked(here)
    foreign = turn.model_copy(update={"scope": Scope(organisation_id=uuid4(), space_id=uuid4())})
    assert await PostgresSlackAnswers(here.database).claim(foreign, thread.channel) is None


def source(mark: int, **changes: object) -> Source:
    said = {"mark": mark, "passage_id": uuid4(), "document_id": uuid4(), "title": f"Book {mark}"}
    return Source.model_validate({**said, "snippet": "", **changes})


def test_sources_are_named_and_link_to_the_web_alone() -> None:
    sources = (
        source(1, page=3),
        source(2, url="https://a.example/?x=1&y=<b>|c", title="<@U1> <!here>"),
        source(3, url="javascript:alert(1)"),
    )
    made = answer.message(TURN, Shown(text="So. [1] [2, 3]", sources=sources), PAGE)
    checking.blocks(made.blocks)
    assert made.blocks[1]["elements"][0]["text"].split("\n") == [
        "[1] Book 1, p. 3",
        "[2] <https://a.example/?x=1&amp;y=&lt;b&gt;%7Cc|&lt;@U1&gt; &lt;!here&gt;>",
        "[3] Book 3",
    ]


@pytest.mark.parametrize("sign", ["x", "\n", "`", "&", "😀", "a b\n", "```\ncode\n"])
def test_the_longest_answer_fits(sign: str) -> None:
    sources = tuple(source(mark, title="T" * 900) for mark in range(1, 90))
    shown = Shown(sign * 40_000, "Waits for a verdict on", ("n" * 900,) * 5, sources, waits=True)
    for room in (answer.ROOM, answer.NARROW, 0):
        made = answer.message(TURN, shown, PAGE, room)
        checking.blocks(made.blocks)
        assert len(made.text) <= checking.LONGEST_TEXT
        assert f"{PAGE}{TURN.conversation_id}" in str(made.blocks)


def test_a_fence_that_is_cut_is_closed() -> None:
    text = "Look:\n```python\n" + "print(1)\n" * 200
    assert answer.fitting(text, 500).endswith("\nprint(1)\n```")
    assert not answer.fitting("```\na\n```\n" + "b " * 500, 500).endswith("```")


@pytest.mark.parametrize(
    "called",
    ["<@U0ADA>", "<@W0ADA|ada>", "<!here>", "<!subteam^S1>", "<#C1|general>", "@channel", "@Here"],
)
def test_nobody_is_called_by_a_models_words(called: str) -> None:
    made = answer.harmless(f"Hi {called}, `{called}`")
    assert called not in made
    assert made.replace("\u200b", "") == f"Hi {called}, `{called}`"


def test_ordinary_text_is_left_as_it_is() -> None:
    text = "a < b & c > d, <b>, x@here.example, <!DOCTYPE html>, [a](https://b.example) `<@>`"
    assert answer.harmless(text) == text
    assert (
        answer.harmless("See ![a](https://b.example/c.png)") == "See [a](https://b.example/c.png)"
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f"<@{BOT}> hello", "hello"),
        (f"<@{BOT}|holdfast> hello <@{BOT}>", "hello"),
        ("<@U1|ada> and <@U2>", "@ada and @U2"),
        ("<#C1|general> <#C2>", "#general #C2"),
        ("<!here> <!subteam^S1|@team> <!date^1^{date}|today>", "@here @team today"),
        (
            "<https://a.example|our page> <https://b.example>",
            "our page (https://a.example) https://b.example",
        ),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("1 &lt; 2 &amp;&amp; &lt;@U1&gt; &amp;lt;", "1 < 2 && <@U1> &lt;"),
        ("<not closed", "<not closed"),
    ],
)
def test_slacks_markup_is_read_as_text(written: str, read: str) -> None:
    assert plain(written, BOT) == read


def seen(*events: Event, turn_id: UUID = TURN.turn_id) -> AnswerProgress:
    progress = AnswerProgress(TURN.turn_id, position=2)
    for number, event in enumerate(events, start=1):
        logged = LoggedEvent(id=EventId(1, number), at=now(), turn_id=turn_id, event=event)
        progress.apply(encode(logged))
    return progress


def said(text: str) -> TextCompleted:
    return TextCompleted(step=1, text=text, message_id=uuid4())


BEGUN = TurnStarted(message_id=uuid4(), agent="general")
TOOL = ToolStarted(step=1, call_id="c", name="calculator")


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ((), Shown(note="Answers 2 other messages first …")),
        ((BEGUN, AgentChosen(agent="general", reason="")), Shown(note="…")),
        ((BEGUN, TOOL), Shown(note="Uses", names=("calculator",))),
        (
            (BEGUN, TOOL, ToolCompleted(step=1, call_id="c", name="calculator", result="4")),
            Shown(note="…"),
        ),
        ((BEGUN, TextDelta(step=1, text="Am")), Shown(text="Am", note="…")),
        ((BEGUN, said("Amber."), TurnCompleted(outcome=Outcome.COMPLETED)), Shown(text="Amber.")),
        (
            (BEGUN, said("Amb"), TurnStopped(outcome=Outcome.STOPPED)),
            Shown(text="Amb", note="It was stopped."),
        ),
        (
            (BEGUN, said("Bad"), TextWithdrawn(), TurnCompleted(outcome=Outcome.CONTAMINATED)),
            Shown(note="The answer was withdrawn: it followed somebody else."),
        ),
        (
            (BEGUN, TurnFailed(code="model_rejected", detail="No.")),
            Shown(note="It failed:", names=("No.",)),
        ),
    ],
)
def test_what_is_shown_at_each_moment(events: tuple[Event, ...], shown: Shown) -> None:
    assert seen(*events).shown() == shown


def test_other_turns_are_none_of_its_business() -> None:
    progress = seen(BEGUN, said("Theirs."), turn_id=uuid4())
    assert progress.shown() == AnswerProgress(TURN.turn_id, 2).shown()
    assert not progress.ended


def test_every_ending_has_words() -> None:
    for outcome in Outcome:
        progress = seen(BEGUN, TurnCompleted(outcome=outcome))
        assert progress.ended
        checking.blocks(answer.message(TURN, progress.shown(), PAGE).blocks)
