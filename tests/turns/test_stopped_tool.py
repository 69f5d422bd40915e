"""A stop that comes while a tool is about to begin."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

from temporalio.testing import ActivityEnvironment

from activities.tools import Settlement
from domain.catalogue import DIRECT
from domain.ports.agents import Agents
from domain.ports.events import EventLog
from domain.ports.transcript import StartedCall, ToolCalls
from domain.tools.tool import Effect, ToolContext, tool
from domain.tools.toolbox import BuiltIn, Tools
from models.payloads.agent import Agent
from models.payloads.events import Event, EventId, LoggedEvent
from models.payloads.scope import Scope, TurnKey
from models.payloads.turn import CallRef, CallStatus, SettleRequest

CALL = CallRef(call_id="call", name="send", timeout=timedelta(seconds=20))


class Stopping:
    """The store and the log of one call, which is stopped as its agent is loaded."""

    settlement: Settlement

    async def start(self, *_: object, **__: object) -> StartedCall:
        return StartedCall(
            run=True,
            name="send",
            arguments={},
            status=CallStatus.RUNNING,
            agent=(DIRECT.name, DIRECT.version),
        )

    async def get(self, *_: object) -> Agent:
        self.settlement.stop()
        return DIRECT

    async def finish(
        self, _turn: TurnKey, _call_id: str, status: CallStatus, _result: str, **_: object
    ) -> CallStatus:
        return status

    async def record(self, *_: object) -> None:
        """Nobody asks."""

    @asynccontextmanager
    async def writing(self, *_: object) -> AsyncIterator["Stopping"]:
        yield self

    async def append(self, _key: str, event: Event) -> LoggedEvent:
        return LoggedEvent(id=EventId(1, 1), at=datetime.now(UTC), event=event)


async def test_a_tool_is_not_begun_when_a_stop_comes_before_it() -> None:
    ran = []

    async def send(context: ToolContext) -> str:
        """Send."""
        ran.append(context)
        return "sent"

    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    turn = TurnKey(scope=scope, conversation_id=uuid4(), turn_id=uuid4())
    around = Stopping()
    around.settlement = Settlement(
        cast("ToolCalls", around),
        cast("EventLog", around),
        Tools(BuiltIn([tool(send, effect=Effect.WRITE)])),
        cast("Agents", around),
        SettleRequest(turn=turn, number=1, sequence=0, step=1, call=CALL),
    )
    reply = await ActivityEnvironment().run(around.settlement.run)
    assert reply.status is CallStatus.FAILED
    assert not ran
