"""What a conversation is called: by a person, by its summary, else by how it began."""

from uuid import uuid4

import pytest

from domain.titling import beginning
from models.payloads.session import SessionSummary
from models.payloads.turn import Outcome
from models.states import ConversationKind
from tests.store.stage import Stage

SUMMARY = SessionSummary(title="Spring", summary="We planned.")


async def title(stage: Stage) -> str | None:
    return (await stage.conversations.get(stage.scope, stage.conversation_id)).title


async def summarise(stage: Stage) -> None:
    sessions = await stage.conversations.sessions(stage.scope, stage.conversation_id)
    await stage.sessions.save(stage.session(sessions[0].id), SUMMARY, None)


async def test_the_first_words_are_its_title_until_its_summary_has_a_better_one(
    stage: Stage,
) -> None:
    await stage.begin(
        "Plan our spring campaign\nfor the new shop, please, and keep it short enough"
    )
    began = await title(stage)
    assert began == "Plan our spring campaign for the new shop, please, and…"
    stage.conversation_id = uuid4()
    await stage.create()
    await stage.exchange("One")
    await stage.exchange("Two")
    assert await title(stage) == "One"

    await summarise(stage)

    assert await title(stage) == SUMMARY.title


async def test_nobody_overrides_what_a_person_called_it(stage: Stage) -> None:
    await stage.exchange("One")
    await stage.conversations.update(stage.scope, stage.conversation_id, title="Mine")
    await stage.exchange("Two")
    await summarise(stage)

    assert await title(stage) == "Mine"


async def test_a_title_that_began_an_erased_message_goes_with_it(stage: Stage) -> None:
    await stage.exchange("Private words")
    await stage.conversations.clear(stage.scope, stage.conversation_id)
    assert await title(stage) is None
    await stage.conversations.update(stage.scope, stage.conversation_id, title="Mine")
    await stage.exchange("Private words")
    await stage.conversations.clear(stage.scope, stage.conversation_id)
    assert await title(stage) == "Mine"


async def test_a_beginning_that_was_taken_back_is_no_title(stage: Stage) -> None:
    gone, _ = await stage.begin("Wrong words")
    await stage.close(gone, Outcome.WITHDRAWN)
    assert await title(stage) is None
    await stage.exchange("Right words")
    gone, _ = await stage.begin("Other words")
    await stage.close(gone, Outcome.WITHDRAWN)
    assert await title(stage) == "Right words"


async def test_a_run_has_no_title(stage: Stage) -> None:
    stage.conversation_id = uuid4()
    await stage.conversations.create(
        stage.scope,
        stage.user_id,
        conversation_id=stage.conversation_id,
        title=None,
        agent="assistant",
        kind=ConversationKind.RUN,
    )
    await stage.begin("One")
    assert await title(stage) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        (" \u202e\u200b \n", ""),
        ("a\u202eb\x1b[31m  c\t<b>", "ab[31m c <b>"),
        ("x" * 100, "x" * 59 + "…"),
        ("word " * 12, "word " * 11 + "word"),
    ],
)
def test_a_beginning_is_one_short_line_that_shows_what_it_is(text: str, wanted: str) -> None:
    assert beginning(text) == wanted
