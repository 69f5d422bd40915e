"""A tool that fails: tried again while that may help, told by its own name afterwards."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.tools import LONGEST_PAUSE, ToolActivities
from adapters.meters import PrometheusMeters
from domain.catalogue import Catalogue
from domain.ports.events import EventLog
from domain.ports.transcript import StartedCall, ToolCalls
from domain.tools.tool import Effect, ToolContext, tool
from domain.tools.toolbox import BuiltIn, Tools
from models.errors import UnavailableError
from models.payloads.events import Event, EventId, LoggedEvent, ToolFailed
from models.payloads.scope import Scope, TurnKey
from models.payloads.turn import CallRef, CallStatus, SettleReply, SettleRequest
from workflows import policies

CALL = CallRef(call_id="call", name="look", timeout=timedelta(seconds=20), retryable=True)
POLICY = policies.tool("look", CALL.timeout, retryable=True)["retry_policy"]


class Kept:
    """The store and the log of one call."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def start(self, *_: object, **__: object) -> StartedCall:
        return StartedCall(run=True, name="look", arguments={}, status=CallStatus.RUNNING)

    async def finish(
        self, _turn: TurnKey, _call_id: str, status: CallStatus, _result: str, **_: object
    ) -> CallStatus:
        return status

    async def record(self, _turn: TurnKey, events: Sequence[LoggedEvent]) -> None:
        self.events += [logged.event for logged in events]

    @asynccontextmanager
    async def writing(self, *_: object) -> AsyncIterator["Kept"]:
        yield self

    async def append(self, _key: str, event: Event) -> LoggedEvent:
        return LoggedEvent(id=EventId(1, 1), at=datetime.now(UTC), event=event)


async def settled(kept: Kept, failure: UnavailableError, attempt: int) -> SettleReply:
    async def look(_: ToolContext) -> str:
        """Look."""
        raise failure

    settling = ToolActivities(
        cast("ToolCalls", kept),
        cast("EventLog", kept),
        Tools(BuiltIn([tool(look, effect=Effect.READ)])),
        Catalogue(),
        PrometheusMeters(),
    )
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    turn = TurnKey(scope=scope, conversation_id=uuid4(), turn_id=uuid4())
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt, retry_policy=POLICY)
    request = SettleRequest(turn=turn, number=1, sequence=0, step=1, call=CALL)
    return cast("SettleReply", await environment.run(settling.settle, request))


async def test_what_may_pass_is_tried_again() -> None:
    kept = Kept()
    with pytest.raises(ApplicationError) as failed:
        await settled(kept, UnavailableError("away", code="url_unavailable"), attempt=3)
    assert failed.value.type == "url_unavailable"
    assert not kept.events


@pytest.mark.parametrize(("attempt", "pause"), [(4, 0.0), (1, LONGEST_PAUSE + 1)])
async def test_the_last_failure_is_told_by_its_own_name(attempt: int, pause: float) -> None:
    kept = Kept()
    failure = UnavailableError("The name leads nowhere.", code="url_unavailable", retry_after=pause)
    reply = await settled(kept, failure, attempt)
    told = kept.events[-1]
    assert reply.status is CallStatus.FAILED
    assert isinstance(told, ToolFailed)
    assert (told.code, told.detail) == ("url_unavailable", "The name leads nowhere.")
