"""Every shape that a turn can take: played in the tests, and recorded for the replay gate."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.catalogue import GENERAL
from domain.ports.approvals import Decision
from models.errors import ConflictError
from models.payloads.agent import Agent
from models.payloads.events import ApprovalRequested, LoggedEvent
from models.payloads.turn import BusyPolicy, Finish, Limits, Outcome, SendStatus, Withdrawal
from models.states import Role
from tests.judging import a_judgement
from tests.turns.cast import CALCULATE, PUBLISH, SLOW, SLOW_TOKENS, Cast, Play
from tests.turns.held import HELD
from tests.turns.holding import holding
from tests.turns.lab import Lab
from tests.turns.outcome_shapes import ENDINGS
from tests.turns.team_shapes import TEAMS

__all__ = ["CALCULATE", "PUBLISH", "SHAPES", "SLOW", "TOOLED", "USUAL", "Shape", "kinds"]

# Straight to the model, with tools.
TOOLED = GENERAL.model_copy(update={"retrieves": False})

USUAL = Limits(idle_window=timedelta(hours=1))
HASTY = Limits(approval_window=timedelta(seconds=0.5))

# Said at once, and not ended before it is released.
UNENDED = f"{HELD}\n@offline tokens=5"


@dataclass(frozen=True)
class Shape:
    """`play` drives one conversation and asserts what must come of it."""

    play: Play
    limits: Limits = USUAL
    chat_completions: bool = False
    agents: tuple[Agent, ...] = ()
    """The organisation's, instead of those that ship."""

    @property
    def cast(self) -> Cast | None:
        return Cast(*self.agents) if self.agents else None


def agent(**changes: object) -> Agent:
    return TOOLED.model_copy(update=changes)


def kinds(events: list[LoggedEvent]) -> list[str]:
    return [event.event.kind for event in events]


async def plain(here: Lab) -> None:
    view = await here.answer("Hello\n@offline tokens=5")
    assert view.outcome is Outcome.COMPLETED
    assert view.answer is not None
    assert view.answer.content.split() == ["w0", "w1", "w2", "w3", "w4"]


async def retrieving(here: Lab) -> None:
    result = await here.send("What do the documents say?\n@offline tokens=3", agent=GENERAL)
    seen = kinds(await here.ended(result.turn_id))
    assert seen[:3] == ["turn.started", "retrieval.started", "retrieval.completed"]
    assert (await here.view(result.turn_id)).outcome is Outcome.COMPLETED


async def tool(here: Lab) -> None:
    result = await here.send(CALCULATE, agent=TOOLED)
    seen = await here.ended(result.turn_id)
    coarse = [kind for kind in kinds(seen) if kind != "text.delta"]
    assert coarse == [
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
    view = await here.view(result.turn_id)
    assert view.answer is not None
    assert "42" in view.answer.content


async def two_tools_at_once(here: Lab) -> None:
    result = await here.send(
        f'{CALCULATE}\n@offline call=current_time args={{"timezone": "UTC"}}', agent=TOOLED
    )
    seen = kinds(await here.ended(result.turn_id))
    assert seen.count("tool.completed") == 2
    assert (await here.view(result.turn_id)).outcome is Outcome.COMPLETED


async def _asked(here: Lab) -> tuple[UUID, UUID]:
    result = await here.send(PUBLISH, agent=TOOLED)
    events = await here.until(result.turn_id, "approval.requested")
    requested = events[-1].event
    assert isinstance(requested, ApprovalRequested)
    assert requested.arguments == {"title": "News", "body": "All is well."}
    return result.turn_id, requested.approval_id


async def _decide(here: Lab, approval_id: UUID, decision: Decision, note: str = "") -> None:
    _, delivery = await here.approvals.decide(
        here.scope, approval_id, a_judgement(decision, here.user_id, note)
    )
    await here.engine.decided(delivery)


async def approved(here: Lab) -> None:
    turn_id, approval_id = await _asked(here)
    await _decide(here, approval_id, Decision.APPROVE)
    seen = kinds(await here.ended(turn_id))
    assert [kind for kind in seen if kind.startswith(("approval", "tool"))] == [
        "tool.requested",
        "approval.requested",
        "approval.decided",
        "tool.started",
        "tool.completed",
    ]
    assert (await here.approvals.get(here.scope, approval_id)).executed_at is not None


async def denied(here: Lab) -> None:
    turn_id, approval_id = await _asked(here)
    await _decide(here, approval_id, Decision.DENY, "Not today.")
    events = await here.ended(turn_id)
    assert "tool.started" not in kinds(events)
    assert (await here.view(turn_id)).outcome is Outcome.COMPLETED
    assert (await here.approvals.get(here.scope, approval_id)).executed_at is None


async def revised(here: Lab) -> None:
    turn_id, approval_id = await _asked(here)
    await _decide(here, approval_id, Decision.REVISE, "Shorter, please.")
    events = await here.ended(turn_id)
    assert "tool.started" not in kinds(events)
    view = await here.view(turn_id)
    assert view.answer is not None
    assert "Shorter, please." in view.answer.content


async def expired(here: Lab) -> None:
    turn_id, approval_id = await _asked(here)
    seen = kinds(await here.ended(turn_id))
    assert "approval.expired" in seen
    assert "tool.started" not in seen
    assert (await here.approvals.get(here.scope, approval_id)).state == "expired"


async def stopped(here: Lab) -> None:
    result = await here.send(SLOW)
    await here.until(result.turn_id, "text.delta", 3)
    await here.stop(result.turn_id)
    events = await here.ended(result.turn_id)
    assert kinds(events)[-1] == "turn.stopped"
    view = await here.view(result.turn_id)
    assert view.outcome is Outcome.STOPPED
    assert view.finish is Finish.CANCELLED
    assert view.answer is not None
    assert 3 <= len(view.answer.content.split()) < SLOW_TOKENS


async def stopped_by_the_durable_path(here: Lab) -> None:
    """Without Redis's flag: Temporal's cancellation alone."""
    result = await here.send(SLOW)
    await here.until(result.turn_id, "text.delta", 3)
    await here.handle.signal("stop", result.turn_id)
    await here.ended(result.turn_id)
    assert (await here.view(result.turn_id)).outcome is Outcome.STOPPED


async def stopped_while_a_person_is_asked(here: Lab) -> None:
    turn_id, approval_id = await _asked(here)
    await here.stop(turn_id)
    await here.ended(turn_id)
    assert (await here.view(turn_id)).outcome is Outcome.STOPPED
    assert (await here.approvals.get(here.scope, approval_id)).state == "withdrawn"


async def enqueued(here: Lab) -> None:
    async with holding(here) as (there, held):
        first = await there.send(UNENDED)
        await there.until(first.turn_id, "text.delta")
        second = await there.send("@offline tokens=2")
        assert second.status is SendStatus.QUEUED
        assert second.position == 1
        held.release.set()
        await there.ended(second.turn_id)
    one, two = await here.view(first.turn_id), await here.view(second.turn_id)
    assert (one.number, two.number) == (1, 2)
    assert {one.outcome, two.outcome} == {Outcome.COMPLETED}


async def interrupted(here: Lab) -> None:
    first = await here.send(SLOW)
    await here.until(first.turn_id, "text.delta", 3)
    second = await here.send("@offline tokens=2", on_busy=BusyPolicy.INTERRUPT)
    assert second.stops == first.turn_id
    await here.ended(second.turn_id)
    view = await here.view(first.turn_id)
    assert view.outcome is Outcome.INTERRUPTED
    assert view.answer is not None
    assert view.answer.content


async def rolled_back(here: Lab) -> None:
    first = await here.send(SLOW)
    await here.until(first.turn_id, "text.delta", 3)
    second = await here.send("@offline tokens=2", on_busy=BusyPolicy.ROLLBACK)
    assert second.stops == first.turn_id
    await here.ended(second.turn_id)
    assert (await here.view(first.turn_id)).outcome is Outcome.WITHDRAWN
    page = await here.conversations.messages(
        here.scope, here.conversation_id, limit=50, cursor=None
    )
    assert [message.turn_id for message in page.items] == [second.turn_id] * 2
    assert page.items[0].parent_id is None


async def steered(here: Lab) -> None:
    async with holding(here) as (there, held):
        first = await there.send(UNENDED)
        await there.until(first.turn_id, "text.delta")
        second = await there.send("@offline tokens=2", on_busy=BusyPolicy.STEER)
        assert second.status is SendStatus.STEERED
        assert second.turn_id == first.turn_id
        held.release.set()
        seen = kinds(await there.ended(first.turn_id))
    assert seen.count("step.started") == 2
    page = await here.conversations.messages(
        here.scope, here.conversation_id, limit=50, cursor=None
    )
    assert [message.role for message in page.items] == ["user", "assistant", "user", "assistant"]


async def steered_by_another(here: Lab) -> None:
    """What a turn does, it does in its owner's name: somebody else's words get their own turn."""
    async with holding(here) as (there, held):
        first = await there.send(UNENDED)
        await there.until(first.turn_id, "text.delta")
        stranger = {"user_id": uuid4()}
        lesser = {"role": Role.VIEWER}
        # Both while it runs: behind its end there would be nothing to steer.
        for changes in (stranger, lesser):
            message = there.message("@offline tokens=2", on_busy=BusyPolicy.STEER)
            told = await there.deliver(message.model_copy(update=changes))
            assert (told.status, told.turn_id) == (SendStatus.QUEUED, message.turn_id)
        held.release.set()
        await there.ended(message.turn_id)
        assert kinds(await there.ended(first.turn_id)).count("step.started") == 1


async def rejected(here: Lab) -> None:
    async with holding(here) as (there, held):
        first = await there.send(UNENDED)
        await there.until(first.turn_id, "text.delta")
        with pytest.raises(ConflictError) as refused:
            await there.send("No", on_busy=BusyPolicy.REJECT)
        assert refused.value.code == "conversation_busy"
        held.release.set()
        await there.ended(first.turn_id)


async def iteration_limit(here: Lab) -> None:
    result = await here.send(f"{CALCULATE}\n@offline calls=9", agent=agent(iteration_limit=2))
    await here.ended(result.turn_id)
    assert (await here.view(result.turn_id)).outcome is Outcome.ITERATION_LIMIT


async def budget_exhausted(here: Lab) -> None:
    result = await here.send(f"{CALCULATE}\n@offline calls=9", agent=agent(token_budget=10))
    await here.ended(result.turn_id)
    assert (await here.view(result.turn_id)).outcome is Outcome.BUDGET_EXHAUSTED


async def deadline_exceeded(here: Lab) -> None:
    """What was said until then is kept, billed, and the provider told to stop."""
    result = await here.send(SLOW, agent=agent(deadline=timedelta(seconds=1.5)))
    await here.ended(result.turn_id)
    view = await here.view(result.turn_id)
    assert view.outcome is Outcome.DEADLINE_EXCEEDED
    assert view.answer is not None
    assert 0 < len(view.answer.content.split()) < SLOW_TOKENS
    assert view.output_tokens > 0


async def steered_on_the_last_step(here: Lab) -> None:
    """It adds a step, whatever the agent's limit."""
    async with holding(here) as (there, held):
        first = await there.send(UNENDED, agent=agent(iteration_limit=1))
        await there.until(first.turn_id, "text.delta")
        second = await there.send("@offline tokens=2", on_busy=BusyPolicy.STEER)
        held.release.set()
        seen = kinds(await there.ended(first.turn_id))
    assert second.turn_id == first.turn_id
    assert seen.count("text.completed") == 2
    assert "text.withdrawn" not in seen
    assert (await here.view(first.turn_id)).outcome is Outcome.COMPLETED


async def woken_for_nothing(here: Lab) -> None:
    """A wake-up is no verdict: the call waits on."""
    turn_id, approval_id = await _asked(here)
    for _ in range(2):
        await here.handle.signal("decided", approval_id)
    await _decide(here, approval_id, Decision.APPROVE)
    seen = kinds(await here.ended(turn_id))
    assert "tool.failed" not in seen
    assert seen.count("tool.completed") == 1


async def failed(here: Lab) -> None:
    result = await here.send("@offline fail=400")
    events = await here.ended(result.turn_id)
    assert kinds(events)[-1] == "turn.failed"
    view = await here.view(result.turn_id)
    assert view.outcome is Outcome.FAILED
    assert view.error_code is not None


async def resumed(here: Lab) -> None:
    """The provider keeps the response: the same stream goes on after its connection dropped."""
    result = await here.send("@offline tokens=40 fail=drop after=12 times=1")
    seen = kinds(await here.ended(result.turn_id))
    assert "attempt.superseded" not in seen
    view = await here.view(result.turn_id)
    assert view.answer is not None
    assert view.answer.content.split() == [f"w{index}" for index in range(40)]


async def superseded(here: Lab) -> None:
    """The provider keeps nothing: the answer starts again, and readers are told."""
    message = here.message("@offline tokens=40 gap_ms=25 fail=drop after=12 times=1")
    # A reader that comes later is never shown the lost attempt.
    reading = asyncio.create_task(here.ended(message.turn_id))
    await here.deliver(message)
    seen = kinds(await reading)
    assert seen.count("attempt.superseded") == 1
    view = await here.view(message.turn_id)
    assert view.answer is not None
    assert view.answer.content.split() == [f"w{index}" for index in range(40)]


async def wrong_calls(here: Lab) -> None:
    result = await here.send("@offline call=calculator args={}\n@offline calls=9", agent=TOOLED)
    events = await here.ended(result.turn_id)
    assert kinds(events).count("tool.failed") == 3
    assert (await here.view(result.turn_id)).error_code == "tool_calls_invalid"


async def unknown_tool(here: Lab) -> None:
    result = await here.send("@offline call=rm_rf args={}", agent=TOOLED)
    events = await here.ended(result.turn_id)
    assert "tool.failed" in kinds(events)
    assert (await here.view(result.turn_id)).outcome is Outcome.COMPLETED


async def three_in_a_row(here: Lab) -> None:
    """Queued messages, the later of which run in continued runs."""
    sent = [await here.send(f"@offline tokens=20 gap_ms={gap}") for gap in (60, 1, 1)]
    await here.ended(sent[-1].turn_id)
    views = await asyncio.gather(*(here.view(one.turn_id) for one in sent))
    assert [view.number for view in views] == [1, 2, 3]


async def taken_back(here: Lab) -> None:
    """Of two that wait the first one never runs, and the conversation is as if it never came."""
    async with holding(here) as (there, held):
        first = await there.send(UNENDED)
        await there.until(first.turn_id, "text.delta")
        unwanted, wanted = there.message("@offline tokens=2"), there.message("@offline tokens=2")
        for message in (unwanted, wanted):
            await there.deliver(message)
        wish = Withdrawal(message_id=unwanted.message_id, user_id=unwanted.user_id)
        await there.engine.withdraw(there.log, wish)
        held.release.set()
        await there.ended(wanted.turn_id)
    assert (await here.view(unwanted.turn_id)).outcome is Outcome.WITHDRAWN
    page = await here.conversations.messages(
        here.scope, here.conversation_id, limit=50, cursor=None
    )
    assert [message.turn_id for message in page.items] == [first.turn_id] * 2 + [wanted.turn_id] * 2
    assert page.items[2].parent_id == page.items[1].id


SHAPES = {
    "plain": Shape(plain),
    "retrieving": Shape(retrieving),
    "tool": Shape(tool),
    "two_tools": Shape(two_tools_at_once),
    "approved": Shape(approved),
    "denied": Shape(denied),
    "revised": Shape(revised),
    "expired": Shape(expired, HASTY),
    "stopped": Shape(stopped),
    "stopped_durably": Shape(stopped_by_the_durable_path),
    "stopped_asking": Shape(stopped_while_a_person_is_asked),
    "enqueued": Shape(enqueued),
    "interrupted": Shape(interrupted),
    "rolled_back": Shape(rolled_back),
    "steered": Shape(steered),
    "steered_by_another": Shape(steered_by_another),
    "steered_last": Shape(steered_on_the_last_step),
    "woken": Shape(woken_for_nothing),
    "rejected": Shape(rejected),
    "iteration_limit": Shape(iteration_limit),
    "budget_exhausted": Shape(budget_exhausted),
    "deadline_exceeded": Shape(deadline_exceeded),
    "failed": Shape(failed),
    "resumed": Shape(resumed),
    "superseded": Shape(superseded, chat_completions=True),
    "wrong_calls": Shape(wrong_calls),
    "unknown_tool": Shape(unknown_tool),
    "three_in_a_row": Shape(three_in_a_row),
    "taken_back": Shape(taken_back),
    **{
        name: Shape(play, HASTY if name == "expired_ends" else USUAL, agents=agents)
        for name, (play, agents) in ENDINGS.items()
    },
    # The other ways in which agents work together have tests of their own.
    "delegated_asking": Shape(TEAMS["delegated_asking"][0], agents=TEAMS["delegated_asking"][1]),
}
