"""A tool call that had not begun when its run was cancelled, or when its worker died."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType

from adapters.store.tool_calls import PostgresToolCalls
from domain.ports.approvals import Decision
from domain.ports.conversations import ConversationKind
from domain.ports.transcript import StartedCall
from domain.tools.tool import Effect, Tool, ToolContext, tool
from local.stack import Stack
from models.errors import UnavailableError
from models.payloads.events import ToolFailed
from models.payloads.scope import TurnKey
from models.payloads.turn import Outcome
from queues.turns import turns_worker
from tests.turns.cast import Cast, an_agent
from tests.turns.lab import Lab, lab
from tests.waiting import until
from toolset import Toolset

AGENT = an_agent("shipper", tools=("ship",))
SHIP = "@offline call=ship args={}"


class Harbour:
    """A tool whose runs are known, and which ends only when it is cancelled."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    @property
    def tool(self) -> Tool:
        async def ship(_: ToolContext) -> str:
            """Ship the goods."""
            self.begun.set()
            await asyncio.Event().wait()
            return "It never comes back."

        # Longer than anybody waits: it is stopped.
        return tool(ship, effect=Effect.WRITE, timeout=timedelta(minutes=10))

    @property
    def toolset(self) -> Toolset:
        return Toolset(tools=[self.tool])


async def test_a_call_that_no_worker_took_does_not_run_after_its_run_was_cancelled(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an operator, in Temporal's UI."""
    harbour = Harbour()
    async with lab(stack, workers=0, tools=harbour.toolset, agents=Cast(AGENT)) as here:
        async with turns_worker(here.client, here.adapters, here.queue):
            turn_id = (await here.send(SHIP, agent=AGENT)).turn_id
            approval = await here.requested(turn_id)
            await until(lambda: waits_for(here, ""))
        with monkeypatch.context() as patched:
            patched.setattr("queues.turns._activities", lambda _: [])
            no_activities = turns_worker(here.client, here.adapters, here.queue)
        async with no_activities:
            await here.decide(approval, Decision.APPROVE)
            await until(lambda: waits_for(here, "tools.settle"))
            await here.handle.cancel()
            await until(lambda: happened(here, EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED))
        async with turns_worker(here.client, here.adapters, here.queue):
            await here.ended(turn_id)

        assert not harbour.begun.is_set()
        assert (await here.view(turn_id)).outcome is Outcome.STOPPED


async def waits_for(here: Lab, activity: str) -> bool:
    """That activity is under way, or none at all."""
    described = await here.handle.describe()
    pending = [one.activity_type.name for one in described.raw_description.pending_activities]
    return pending == ([activity] if activity else [])


async def happened(here: Lab, kind: EventType.ValueType) -> bool:
    history = await here.handle.fetch_history()
    return any(event.event_type == kind for event in history.events)


class LostOnce(PostgresToolCalls):
    """As if the worker died before it began: what is asked first is not done."""

    async def start(
        self, turn: TurnKey, call_id: str, *, repeatable: bool, expired: bool, broken: bool
    ) -> StartedCall:
        if not broken:
            raise UnavailableError("The store is away.")
        return await super().start(
            turn, call_id, repeatable=repeatable, expired=expired, broken=broken
        )


class LostAtAStop(PostgresToolCalls):
    """As if the worker died before it began, and nobody knew before the stop."""

    asked: asyncio.Event
    stopped: asyncio.Event

    async def start(
        self, turn: TurnKey, call_id: str, *, repeatable: bool, expired: bool, broken: bool
    ) -> StartedCall:
        if not broken:
            self.asked.set()
            await self.stopped.wait()
            raise UnavailableError("The store is away.")
        return await super().start(
            turn, call_id, repeatable=repeatable, expired=expired, broken=broken
        )


class LostWhileItRan(PostgresToolCalls):
    """As if the worker died once the call had begun, and the store was away until the stop."""

    asked: asyncio.Event
    stopped: asyncio.Event

    async def start(
        self, turn: TurnKey, call_id: str, *, repeatable: bool, expired: bool, broken: bool
    ) -> StartedCall:
        if not (broken and self.stopped.is_set()):
            if not broken:
                await super().start(
                    turn, call_id, repeatable=repeatable, expired=expired, broken=broken
                )
            else:
                self.asked.set()
            raise UnavailableError("The store is away.")
        return await super().start(
            turn, call_id, repeatable=repeatable, expired=expired, broken=broken
        )


@pytest.mark.parametrize(
    ("calls", "code"), [(LostAtAStop, "tool_failed"), (LostWhileItRan, "unknown")]
)
async def test_after_a_stop_nothing_begins_and_what_had_begun_gets_its_end(
    stack: Stack,
    monkeypatch: pytest.MonkeyPatch,
    calls: type[LostAtAStop | LostWhileItRan],
    code: str,
) -> None:
    monkeypatch.setattr("queues.turns.PostgresToolCalls", calls)
    calls.asked, calls.stopped = asyncio.Event(), asyncio.Event()
    harbour = Harbour()
    async with lab(stack, tools=harbour.toolset, agents=Cast(AGENT)) as here:
        turn_id = (await here.send(SHIP, agent=AGENT)).turn_id
        await here.decide(await here.requested(turn_id), Decision.APPROVE)
        await calls.asked.wait()
        # The durable path alone.
        await here.engine.stop(here.log, ConversationKind.CHAT, turn_id)
        await until(lambda: happened(here, EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED))
        calls.stopped.set()
        events = await here.ended(turn_id)

        assert not harbour.begun.is_set()
        assert (await here.view(turn_id)).outcome is Outcome.STOPPED
        [failed] = [one.event for one in events if isinstance(one.event, ToolFailed)]
        assert failed.code == code


async def test_a_stop_reaches_a_call_that_begins_after_its_worker_died(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queues.turns.PostgresToolCalls", LostOnce)
    harbour = Harbour()
    async with lab(stack, tools=harbour.toolset, agents=Cast(AGENT)) as here:
        turn_id = (await here.send(SHIP, agent=AGENT)).turn_id
        await here.decide(await here.requested(turn_id), Decision.APPROVE)
        await harbour.begun.wait()
        # The durable path alone.
        await here.engine.stop(here.log, ConversationKind.CHAT, turn_id)
        events = await here.ended(turn_id)

        assert (await here.view(turn_id)).outcome is Outcome.STOPPED
        [failed] = [one.event for one in events if isinstance(one.event, ToolFailed)]
        assert failed.code == "unknown"
