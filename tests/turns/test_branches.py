"""Messages that follow another one than the last, and answers beside earlier ones."""

from uuid import UUID, uuid4

import pytest

from local.stack import Stack
from models.errors import NotFoundError
from models.payloads.chat import Role
from models.payloads.events import TurnStarted
from models.payloads.turn import ROOT, BusyPolicy, IncomingMessage, Outcome
from tests.turns.lab import Lab, lab

SHORT = "@offline tokens=3"
LONG = "@offline tokens=200 gap_ms=30"


async def path(here: Lab) -> list[tuple[Role, str]]:
    page = await here.conversations.messages(
        here.scope, here.conversation_id, limit=50, cursor=None
    )
    return [(message.role, message.content) for message in page.items]


def again(here: Lab, question: IncomingMessage, **changes: object) -> IncomingMessage:
    wish = here.message(question.content or "")
    return wish.model_copy(update={"regenerates": question.message_id, **changes})


async def said(here: Lab, message: IncomingMessage) -> UUID:
    """Have it answered; gives the answer's id."""
    await here.deliver(message)
    await here.ended(message.turn_id)
    answer = (await here.view(message.turn_id)).answer
    assert answer is not None
    return answer.id


async def test_another_answer_stands_beside_the_first_and_is_the_one_that_goes_on(
    stack: Stack,
) -> None:
    async with lab(stack) as here:
        question = here.message(f"Which one?\n{SHORT}")
        first = await said(here, question)
        wish = again(here, question)
        second = await said(here, wish)
        assert first != second
        assert [role for role, _ in await path(here)] == [Role.USER, Role.ASSISTANT]
        shown = await here.conversations.messages(
            here.scope, here.conversation_id, limit=50, cursor=None
        )
        assert [message.id for message in shown.items] == [question.message_id, second]
        assert (await here.view(wish.turn_id)).message_id == question.message_id
        started = [e.event for e in await here.whole_log() if isinstance(e.event, TurnStarted)]
        assert [(e.message_id, e.text, e.again) for e in started] == [
            (question.message_id, question.content, False),
            (question.message_id, question.content, True),
        ]


async def test_a_copy_of_the_wish_for_another_answer_runs_nothing(stack: Stack) -> None:
    async with lab(stack) as here:
        question = here.message(SHORT)
        await said(here, question)
        wish = again(here, question)
        await said(here, wish)
        await here.idle()
        await here.deliver(wish)
        await here.idle()
        assert sum(e.event.kind == "turn.started" for e in await here.whole_log()) == 2


async def test_an_edited_message_begins_a_branch_that_the_model_is_shown_alone(
    stack: Stack,
) -> None:
    async with lab(stack) as here:
        opening = await said(here, here.message(f"Opening\n{SHORT}"))
        await said(here, here.message(f"Forget this\n{SHORT}"))
        edited = here.message(f"Rather this\n{SHORT}").model_copy(update={"parent_id": opening})
        await said(here, edited)
        texts = [text for role, text in await path(here) if role is Role.USER]
        assert texts == [f"Opening\n{SHORT}", f"Rather this\n{SHORT}"]


async def test_the_first_message_can_be_said_differently(stack: Stack) -> None:
    async with lab(stack) as here:
        await said(here, here.message(f"One\n{SHORT}"))
        await said(here, here.message(f"Two\n{SHORT}").model_copy(update={"parent_id": ROOT}))
        assert [text for role, text in await path(here) if role is Role.USER] == [f"Two\n{SHORT}"]


async def test_a_message_under_an_unknown_one_is_refused_by_name(stack: Stack) -> None:
    async with lab(stack) as here:
        await said(here, here.message(SHORT))
        for changes in ({"parent_id": uuid4()}, {"regenerates": uuid4()}):
            lost = here.message(SHORT).model_copy(update=changes)
            await here.deliver(lost)
            await here.ended(lost.turn_id)
            view = await here.view(lost.turn_id)
            assert (view.outcome, view.error_code) == (Outcome.FAILED, "parent_unknown")


async def test_an_answer_that_is_rolled_back_leaves_the_question_of_another_turn(
    stack: Stack,
) -> None:
    async with lab(stack) as here:
        question = here.message(LONG.replace("200", "3"))
        await said(here, question)
        slow = again(here, question, content=LONG)
        await here.deliver(slow)
        await here.until(slow.turn_id, "step.started")
        other = here.message(SHORT, on_busy=BusyPolicy.ROLLBACK)
        await said(here, other)
        texts = [text for role, text in await path(here) if role is Role.USER]
        assert texts == [question.content, other.content]


async def test_the_question_of_an_answer_is_found_and_nothing_of_other_conversations(
    stack: Stack,
) -> None:
    async with lab(stack) as here:
        question = here.message(SHORT)
        answer = await said(here, question)
        store, key = here.conversations, (here.scope, here.conversation_id)
        assert (await store.question(*key, answer)).id == question.message_id
        assert (await store.question(*key, question.message_id)).id == question.message_id
        assert (await store.message(*key, answer)).role is Role.ASSISTANT
        beside = await here.beside()
        for look in (store.question, store.message):
            with pytest.raises(NotFoundError, match="message"):
                await look(beside.scope, beside.conversation_id, answer)
