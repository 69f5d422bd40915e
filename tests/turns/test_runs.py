"""Agent runs without a conversation, and verdicts whose signal was never sent."""

import asyncio
import gc
from uuid import UUID

import pytest
from temporalio.client import WorkflowExecution

from activities.sweep import deliver_verdicts
from domain.catalogue import DIRECT
from domain.ports.approvals import Approvals, Decision, Delivery
from domain.ports.conversations import ConversationKind
from local.stack import Stack
from models.errors import UnavailableError
from models.payloads.agent import Agent
from models.payloads.events import LoggedEvent
from models.payloads.turn import IncomingMessage, Outcome, RunStart
from models.states import ApprovalState
from queues.turns import turns_worker
from tests.turns.cast import SLOW_TOKENS
from tests.turns.lab import Lab, lab
from tests.turns.shapes import CALCULATE, PUBLISH, SLOW, TOOLED
from tests.waiting import until


def started(here: Lab, text: str, agent: Agent = DIRECT) -> RunStart:
    """A run's input as the edge makes it: the message's id is the run's."""
    message: IncomingMessage = here.message(text, message_id=here.conversation_id, agent=agent)
    return RunStart(
        scope=here.scope, run_id=here.conversation_id, message=message, limits=here.limits
    )


async def start(here: Lab, text: str, agent: Agent = DIRECT) -> UUID:
    """Gives the turn that the run is."""
    run = started(here, text, agent)
    await here.engine.start_run(run)
    return run.message.turn_id


async def workflows(here: Lab) -> list[WorkflowExecution]:
    """All that Temporal has of this conversation or run, once it lists any of it."""
    query = f"HoldfastConversation = '{here.conversation_id}'"
    found: list[WorkflowExecution] = []

    async def listed() -> bool:
        found[:] = [one async for one in here.client.list_workflows(query)]
        return bool(found)

    await until(listed)
    return found


def coarse(events: list[LoggedEvent]) -> list[str]:
    return [event.event.kind for event in events if event.event.kind != "text.delta"]


async def test_a_run_uses_tools_answers_and_opens_no_session(stack: Stack) -> None:
    async with lab(stack) as chat:
        here = await chat.beside(ConversationKind.RUN)
        turn_id = await start(here, CALCULATE, TOOLED)
        seen = await here.ended(turn_id)

        assert coarse(seen) == [
            "turn.started",
            "step.started",
            "tool.requested",
            "usage.recorded",
            "tool.started",
            "tool.completed",
            "step.started",
            "text.completed",
            "usage.recorded",
            "turn.completed",
        ]
        assert coarse(await here.whole_log()) == coarse(seen)
        view = await here.view(turn_id)
        assert view.outcome is Outcome.COMPLETED
        assert view.answer is not None
        assert "42" in view.answer.content
        assert await here.conversations.sessions(here.scope, here.conversation_id) == []
        assert [found.workflow_type for found in await workflows(here)] == ["agent_run"]


async def test_a_run_started_again_at_once_and_after_its_end_runs_once(stack: Stack) -> None:
    async with lab(stack) as chat:
        here = await chat.beside(ConversationKind.RUN)
        run = started(here, "@offline tokens=3")
        await asyncio.gather(*(here.engine.start_run(run) for _ in range(10)))
        await here.ended(run.message.turn_id)

        async def over() -> bool:
            return not await here.engine.is_open(here.log, ConversationKind.RUN)

        await until(over)
        [first] = await workflows(here)
        await here.engine.start_run(run)
        assert await over()
        # Of the workflow itself: a list of Temporal's may lack what has just begun.
        handle = here.client.get_workflow_handle(first.id)
        assert (await handle.describe()).run_id == first.run_id
        kinds = coarse(await here.whole_log())
        assert (kinds.count("turn.started"), kinds.count("turn.completed")) == (1, 1)


async def test_a_run_can_be_stopped(stack: Stack) -> None:
    async with lab(stack) as chat:
        here = await chat.beside(ConversationKind.RUN)
        turn_id = await start(here, SLOW)
        await here.until(turn_id, "text.delta", 3)
        await here.flags.stop(here.log, turn_id)
        await here.engine.stop(here.log, ConversationKind.RUN, turn_id)
        await here.ended(turn_id)
        view = await here.view(turn_id)
        assert view.outcome is Outcome.STOPPED
        assert view.answer is not None
        assert 3 <= len(view.answer.content.split()) < SLOW_TOKENS


async def test_a_run_can_be_stopped_by_the_durable_path_alone(stack: Stack) -> None:
    async with lab(stack) as chat:
        here = await chat.beside(ConversationKind.RUN)
        turn_id = await start(here, SLOW)
        await here.until(turn_id, "text.delta", 3)
        await here.engine.stop(here.log, ConversationKind.RUN, None)
        await here.ended(turn_id)
        assert (await here.view(turn_id)).outcome is Outcome.STOPPED


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.DENY])
async def test_a_person_decides_about_a_runs_call(stack: Stack, decision: Decision) -> None:
    async with lab(stack) as chat:
        here = await chat.beside(ConversationKind.RUN)
        turn_id = await start(here, PUBLISH, TOOLED)
        approval = await here.requested(turn_id)
        await here.decide(approval, decision)
        await here.ended(turn_id)
        assert (await here.view(turn_id)).outcome is Outcome.COMPLETED
        found = await here.approvals.get(here.scope, approval)
        assert (found.executed_at is not None) == (decision is Decision.APPROVE)


async def decided_in_silence(here: Lab, agent: Agent = TOOLED) -> tuple[UUID, UUID]:
    """A verdict that stands in Postgres for a minute, and whose run never heard of it."""
    if (await here.conversations.get(here.scope, here.conversation_id)).kind == "run":
        turn_id = await start(here, PUBLISH, agent)
    else:
        turn_id = (await here.send(PUBLISH, agent=agent)).turn_id
    approval = await here.requested(turn_id)
    await here.decide(approval, Decision.APPROVE, tell=False)
    async with here.database.transaction(here.scope) as session:
        await session.fetch(
            """UPDATE approval SET decided_at = decided_at - interval '1 minute'
            WHERE space_id = $1 AND id = $2""",
            here.scope.space_id,
            approval,
        )
    return turn_id, approval


@pytest.mark.parametrize("kind", list(ConversationKind))
async def test_the_sweep_delivers_a_verdict_whose_signal_was_never_sent(
    stack: Stack, kind: ConversationKind
) -> None:
    async with lab(stack) as chat:
        here = await chat.beside(kind)
        turn_id, approval = await decided_in_silence(here)
        assert (await here.view(turn_id)).outcome is None
        sweeping = asyncio.create_task(
            deliver_verdicts(here.approvals, here.engine, interval_s=0.05)
        )
        try:
            await here.ended(turn_id)
        finally:
            sweeping.cancel()
        assert (await here.view(turn_id)).outcome is Outcome.COMPLETED
        found = await here.approvals.get(here.scope, approval)
        assert found.state is ApprovalState.APPROVED
        assert found.executed_at is not None
        waiting = [delivery.approval_id for delivery in await here.approvals.undelivered(100)]
        assert approval not in waiting


async def test_a_turn_that_waits_for_a_person_outlives_its_worker(stack: Stack) -> None:
    async with lab(stack, workers=0) as here:
        async with turns_worker(here.client, here.adapters, here.queue):
            turn_id = (await here.send(PUBLISH, agent=TOOLED)).turn_id
            approval = await here.requested(turn_id)
        # What the worker held of the run must go without a sound: a warning fails this test.
        gc.collect()
        await here.decide(approval, Decision.APPROVE)
        async with turns_worker(here.client, here.adapters, here.queue):
            await here.ended(turn_id)
        assert (await here.view(turn_id)).outcome is Outcome.COMPLETED


class Picky:
    """An engine that cannot reach one run."""

    def __init__(self, here: Lab, unreachable: UUID) -> None:
        self._engine = here.engine
        self._unreachable = unreachable

    async def decided(self, delivery: Delivery) -> None:
        if delivery.approval_id == self._unreachable:
            raise UnavailableError("Not now.", code="engine_unavailable")
        await self._engine.decided(delivery)


async def test_a_verdict_that_cannot_be_delivered_holds_up_no_other(stack: Stack) -> None:
    async with lab(stack) as here:
        stuck, late = await decided_in_silence(here)
        other = await here.beside()
        turn_id, _ = await decided_in_silence(other)
        approvals: Approvals = here.approvals
        picky = Picky(here, late)
        sweeping = asyncio.create_task(deliver_verdicts(approvals, picky, interval_s=0.05))  # type: ignore[arg-type]  # it is asked for nothing else
        try:
            await other.ended(turn_id)
        finally:
            sweeping.cancel()
        assert (await other.view(turn_id)).outcome is Outcome.COMPLETED
        assert (await here.view(stuck)).outcome is None
        await here.stop(stuck)
        await here.ended(stuck)
