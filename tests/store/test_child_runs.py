"""A run that a turn calls is made while that turn is open, and erased with its conversation."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from adapters.store.child_runs import PostgresChildRuns
from domain.teams import MEMBER_PREFIX
from models.errors import NotFoundError
from models.ids import child_run_id, turn_id
from models.payloads.turn import IncomingMessage
from models.states import ConversationKind
from tests.store.stage import ASSISTANT, Stage

LONG = "a long text"


def of_run(stage: Stage, run: UUID) -> IncomingMessage:
    """Whose text is too long to come with it."""
    return IncomingMessage(
        message_id=run,
        turn_id=turn_id(run, run),
        user_id=stage.user_id,
        body_hash="hash",
        agent=ASSISTANT,
    )


async def make(stage: Stage, caller: IncomingMessage, run: UUID) -> None:
    runs = PostgresChildRuns(stage.database)
    await runs.make(stage.turn(caller), of_run(stage, run), LONG)


async def calling(stage: Stage) -> tuple[IncomingMessage, UUID]:
    """A turn that calls an agent, and that one's run."""
    message, claimed = await stage.begin()
    call = replace(stage.call(message), name=f"{MEMBER_PREFIX}writer")
    record = stage.record(message, claimed.number, text="", calls=(call,))
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)
    return message, child_run_id(message.turn_id, call.call_id)


async def test_it_is_made_once_with_the_text_that_its_turn_will_take(stage: Stage) -> None:
    message, run = await calling(stage)
    for _ in range(2):
        await make(stage, message, run)
    made = await stage.conversations.get(stage.scope, run)
    assert (made.kind, made.agent) == (ConversationKind.RUN, ASSISTANT.name)
    assert await stage.turns.kept_texts(stage.scope, run, [run]) == {run: LONG}

    claimed = await replace(stage, conversation_id=run).claim(of_run(stage, run))
    assert not claimed.taken
    await make(stage, message, run)
    assert await stage.turns.kept_texts(stage.scope, run, [run]) == {}


async def test_a_turn_that_is_over_makes_none(stage: Stage) -> None:
    message, run = await calling(stage)
    await stage.close(message)
    for caller in (message, stage.message()):
        with pytest.raises(NotFoundError):
            await make(stage, caller, run)
    with pytest.raises(NotFoundError):
        await stage.conversations.get(stage.scope, run)


async def test_erasing_while_it_is_made_leaves_none(stage: Stage) -> None:
    for _ in range(10):
        stage.conversation_id = uuid4()
        await stage.create()
        message, run = await calling(stage)
        made, erased = await asyncio.gather(
            make(stage, message, run),
            stage.conversations.delete(stage.scope, stage.conversation_id),
            return_exceptions=True,
        )
        assert erased is None
        assert made is None or isinstance(made, NotFoundError)
        with pytest.raises(NotFoundError):
            await stage.conversations.get(stage.scope, run)
