"""An answer and its turn's end in one transaction, and what stands against it."""

import asyncio

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest

from domain.ports.transcript import ClosedTurn, StepContext
from models.errors import StaleAttemptError
from models.payloads.events import START, ConversationTitled, EventId
from models.payloads.turn import IncomingMessage, Outcome
from models.states import ConversationState
from tests.store.stage import Stage, together
from tests.waiting import until


async def outcome(stage: Stage, message: IncomingMessage) -> Outcome | None:
    view = await stage.turns.view(stage.scope, stage.conversation_id, message.turn_id)
    assert view is not None
    return view.outcome


async def kinds(stage: Stage) -> list[str]:
    return [event.event.kind for event in await stage.events.after(stage.log, START, None, 50)]


async def steer(stage: Stage) -> bool:
    return await stage.turns.expect_steering(stage.scope, stage.conversation_id)


async def ended(stage: Stage, message: IncomingMessage, number: int) -> ClosedTurn:
    reply, closed = await stage.finish(message, number)
    assert reply.closed
    assert closed is not None
    return closed


async def test_an_answer_ends_its_turn_and_a_repeat_is_told_the_same(stage: Stage) -> None:
    message, claimed = await stage.begin()

    answers = await together(6, lambda _: stage.finish(message, claimed.number))

    assert answers == [answers[0]] * 6
    reply, closed = answers[0]
    assert reply.closed
    assert closed.session is not None
    assert await stage.close(message) == closed
    assert await outcome(stage, message) is Outcome.COMPLETED
    assert await kinds(stage) == ["turn.started", "text.completed", "turn.completed"]
    assert await stage.turns.open_turn(stage.scope, stage.conversation_id) is None


async def test_a_run_without_a_conversation_ends_without_a_session(stage: Stage) -> None:
    message, claimed = await stage.begin()

    _, closed = await stage.finish(message, claimed.number, sessions=False)

    assert closed == ClosedTurn(session=None, notices=())


async def test_a_turn_that_is_about_to_be_steered_goes_on(stage: Stage) -> None:
    message, claimed = await stage.begin()
    assert await steer(stage)

    reply, closed = await stage.finish(message, claimed.number)

    assert (reply.closed, closed) == (False, None)
    assert await outcome(stage, message) is None
    assert await kinds(stage) == ["turn.started", "text.completed"]
    assert await stage.conversations.sessions(stage.scope, stage.conversation_id) == []
    # Asked again, it says what it said: also to another attempt.
    assert await stage.finish(message, claimed.number) == (reply, None)
    _, found = await stage.claim_step(message, attempt=2)
    assert found is not None
    assert found.reply == reply

    turn, steering = stage.turn(message), stage.message("Shorter.")
    await stage.transcript.begin_step(turn, 2, 1, steered=[steering], characters=1_000)
    second, _ = await stage.finish(message, claimed.number, step=2, text="Hi!")
    await stage.close(message)

    assert not second.closed
    assert await outcome(stage, message) is Outcome.COMPLETED


async def test_a_flag_that_comes_after_the_end_finds_nothing_to_steer(stage: Stage) -> None:
    assert not await steer(stage)
    message, claimed = await stage.begin()
    await ended(stage, message, claimed.number)

    assert not await steer(stage)

    assert await outcome(stage, message) is Outcome.COMPLETED
    later, claimed = await stage.begin()
    assert (await ended(stage, later, claimed.number)).session is None


async def test_a_flag_and_an_end_at_once_have_one_winner(stage: Stage) -> None:
    for _ in range(25):
        message, claimed = await stage.begin()

        flagged, (reply, closed) = await asyncio.gather(
            steer(stage), stage.finish(message, claimed.number)
        )

        assert reply.closed is not flagged
        assert (closed is None) is flagged
        assert (await outcome(stage, message) is None) is flagged
        await stage.close(message)


async def test_an_end_and_another_end_at_once_leave_one(stage: Stage) -> None:
    """A stop whose own activity ends the turn, while a dead worker's answer still commits."""
    for _ in range(25):
        message, claimed = await stage.begin()

        finished, closed = await asyncio.gather(
            stage.finish(message, claimed.number),
            stage.close(message, Outcome.STOPPED),
            return_exceptions=True,
        )

        assert isinstance(closed, ClosedTurn)
        if isinstance(finished, StaleAttemptError):
            assert await outcome(stage, message) is Outcome.STOPPED
        else:
            assert not isinstance(finished, BaseException)
            assert finished[1] == closed
            assert await outcome(stage, message) is Outcome.COMPLETED


async def test_a_newer_attempt_shuts_an_older_ones_end_out(stage: Stage) -> None:
    message = stage.message()
    claimed, _ = await stage.claim_step(message)
    await stage.claim_step(message, attempt=2)

    with pytest.raises(StaleAttemptError):
        await stage.finish(message, claimed.number)

    assert await outcome(stage, message) is None
    reply, _ = await stage.finish(message, claimed.number, attempt=2)
    assert reply.closed


async def test_an_older_attempts_end_and_a_newer_attempts_beginning_have_one_winner(
    stage: Stage,
) -> None:
    for _ in range(25):
        message = stage.message()
        claimed, _ = await stage.claim_step(message)

        finished, begun = await asyncio.gather(
            stage.finish(message, claimed.number),
            stage.claim_step(message, attempt=2),
            return_exceptions=True,
        )

        assert not isinstance(begun, BaseException)
        assert isinstance(begun[1], StepContext)
        if isinstance(finished, StaleAttemptError):
            assert begun[1].reply is None
            await stage.close(message)
        else:
            assert not isinstance(finished, BaseException)
            assert begun[1].reply == finished[0]


async def test_a_newer_attempt_that_waits_for_its_turn_keeps_nobody_from_the_conversation(
    stage: Stage,
) -> None:
    """The older one's commit holds the turn and wants the conversation next: the other way round
    each would wait for the other."""
    message = stage.message()
    await stage.claim_step(message)
    connection = await asyncpg.connect(stage.urls["superuser"])
    pid = connection.get_server_pid()

    async def waits() -> bool:
        return bool(
            await stage.sql(
                "SELECT FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))", pid
            )
        )

    try:
        async with connection.transaction():
            await connection.execute(
                "SELECT FROM turn WHERE id = $1 FOR NO KEY UPDATE", message.turn_id
            )
            newer = asyncio.create_task(stage.claim_step(message, attempt=2))
            await until(waits)
            await connection.execute(
                "SELECT FROM conversation WHERE id = $1 FOR NO KEY UPDATE NOWAIT",
                stage.conversation_id,
            )
        assert (await newer)[1] is not None
    finally:
        await connection.close()


async def test_an_attempt_at_a_turn_that_another_run_has_raises_no_fence(stage: Stage) -> None:
    message = stage.message()
    claimed, _ = await stage.claim_step(message)

    theirs, begun = await stage.claim_step(message, attempt=5, owner="another run")

    assert (theirs.taken, begun) == (True, None)
    await ended(stage, message, claimed.number)


async def test_a_turn_that_ended_without_its_first_step_is_nobodys(stage: Stage) -> None:
    message, _ = await stage.begin()
    await stage.close(message, Outcome.STOPPED)

    claimed, begun = await stage.claim_step(message, attempt=2)

    assert (claimed.taken, claimed.closed, begun) == (False, True, None)


async def test_a_notice_that_waited_is_numbered_by_the_answer_that_ends_the_turn(
    stage: Stage,
) -> None:
    message, claimed = await stage.begin()
    first, second = (ConversationTitled(title=title) for title in ("one", "two"))
    assert await stage.notices.post(stage.log, "a", first) == ()
    assert await stage.notices.post(stage.log, "b", second) == ()

    closed = await ended(stage, message, claimed.number)

    assert [event.event for event in closed.notices] == [first, second]
    assert [event.id for event in closed.notices] == [EventId(2, 1), EventId(3, 1)]
    assert (await ended(stage, message, claimed.number)).notices == closed.notices
    assert (await kinds(stage))[-2:] == ["conversation.titled"] * 2
    assert (await stage.begin())[1].number == 4


async def test_a_conversation_closed_under_a_turn_is_closed_by_its_answer(stage: Stage) -> None:
    for _ in range(2):  # the first opens its session as it ends, the second finds one open
        message, claimed = await stage.begin()
        assert await stage.conversations.close(stage.scope, stage.conversation_id) is None

        closed = await ended(stage, message, claimed.number)

        assert closed.session is not None
        assert closed.session.closed
        assert (await ended(stage, message, claimed.number)).session == closed.session
        [session] = await stage.conversations.sessions(stage.scope, stage.conversation_id)
        assert closed.session.session_id == session.id


async def test_a_conversation_archived_under_a_turn_stays_so_when_its_answer_ends_it(
    stage: Stage,
) -> None:
    message, claimed = await stage.begin()
    await stage.conversations.update(stage.scope, stage.conversation_id, archived=True)

    await ended(stage, message, claimed.number)

    found = await stage.conversations.get(stage.scope, stage.conversation_id)
    assert found.state is ConversationState.ARCHIVED
    assert await outcome(stage, message) is Outcome.COMPLETED
