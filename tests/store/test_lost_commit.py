"""Commits that were done and whose answer never came, over a connection that is cut there."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.store.database import Database
from adapters.store.tool_calls import PostgresToolCalls
from adapters.store.transcript import PostgresTranscript
from domain.ports.approvals import Decision
from domain.ports.transcript import ClaimedTurn
from models.payloads.turn import CallStatus
from tests.chaos.proxy import Direction, Proxy, Ruling, Watch
from tests.chaos.wire import Transactions
from tests.judging import a_judgement
from tests.store.stage import Stage


@pytest.fixture
async def forgetful(stage: Stage) -> AsyncIterator[Stage]:
    """The same stage; of the commits of transactions that wrote, every other answer is lost, the
    first one's too."""
    commits = itertools.count()

    def watching() -> Watch:
        transactions, lost = Transactions(), False

        def judge(direction: Direction, data: bytes) -> Ruling:
            nonlocal lost
            if direction == "down":
                return "cut" if lost else "pass"
            if transactions.commits(data):
                lost = next(commits) % 2 == 0
            return "pass"

        return judge

    async with Proxy.before(stage.urls["app"], watching=watching) as proxy:
        database = Database(proxy.instead(stage.urls["app"]))
        yield replace(
            stage,
            database=database,
            transcript=PostgresTranscript(database),
            calls=PostgresToolCalls(database),
        )
        await database.close()
        assert next(commits) > 0, "nothing was lost"


async def test_an_answer_whose_end_was_lost_says_and_leaves_the_same(
    stage: Stage, forgetful: Stage
) -> None:
    message, claimed = await stage.begin()

    reply, closed = await forgetful.finish(message, claimed.number)

    assert reply.closed
    assert closed is not None
    assert closed.session is not None
    assert await stage.close(message) == closed
    _, found = await stage.claim_step(message, attempt=2)
    assert found is not None
    assert found.reply == reply
    kinds = [event.event.kind for event in found.events]
    assert kinds == ["turn.started", "text.completed", "turn.completed"]
    assert len(await stage.conversations.sessions(stage.scope, stage.conversation_id)) == 1


async def test_a_claim_whose_answer_was_lost_is_still_this_owners(
    stage: Stage, forgetful: Stage
) -> None:
    message = stage.message()

    claimed, begun = await forgetful.claim_step(message)

    assert (claimed.taken, claimed.number) == (False, 1)
    assert begun is not None
    assert [found.content for found in begun.history] == ["Hello?"]
    assert await stage.claim_step(message, owner="another run") == (ClaimedTurn(taken=True), None)


@pytest.mark.parametrize("approved", [False, True])
async def test_a_call_whose_start_was_lost_is_run_by_who_started_it(
    stage: Stage, forgetful: Stage, *, approved: bool
) -> None:
    message, call = await stage.with_call(approved=approved)
    if call.approval_id is not None:
        await stage.approvals.decide(
            stage.scope, call.approval_id, a_judgement(Decision.APPROVE, stage.user_id)
        )
    turn = stage.turn(message)
    how = {"repeatable": False, "expired": False, "broken": False}

    first = await forgetful.calls.start(turn, call.call_id, **how)
    second = await stage.calls.start(turn, call.call_id, **how)

    assert (first.run, first.status) == (True, CallStatus.RUNNING)
    assert (second.run, second.status) == (False, CallStatus.RUNNING)


async def test_a_call_whose_start_was_lost_does_not_run_once_it_was_given_up(
    stage: Stage, forgetful: Stage
) -> None:
    message, call = await stage.with_call()
    turn = stage.turn(message)

    await forgetful.calls.start(turn, call.call_id, repeatable=False, expired=False, broken=False)
    broken = await stage.calls.start(
        turn, call.call_id, repeatable=False, expired=False, broken=True
    )

    assert (broken.run, broken.status) == (False, CallStatus.UNKNOWN)


async def test_a_turn_of_lost_commits_is_the_turn_that_it_would_have_been(
    stage: Stage, forgetful: Stage
) -> None:
    message = await forgetful.exchange("Hello?", "Hi.")

    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=10, cursor=None
    )
    assert sorted(found.content for found in page.items) == ["Hello?", "Hi."]
    view = await stage.turns.view(stage.scope, stage.conversation_id, message.turn_id)
    assert view is not None
    assert (view.outcome, view.input_tokens) == ("completed", 20)
