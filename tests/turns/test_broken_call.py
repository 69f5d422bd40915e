"""A tool call whose worker died: what readers saw of it is stored."""

from datetime import timedelta

from temporalio.testing import ActivityEnvironment

from activities.tools import ToolActivities
from adapters.meters import PrometheusMeters
from adapters.store.notes import PostgresNotes
from adapters.store.tool_calls import PostgresToolCalls
from domain.fold import coarse
from domain.ports.approvals import Decision, Delivery
from domain.ports.conversations import ConversationKind
from domain.ports.events import WriterKey
from domain.tools.notes import note_tool
from domain.tools.toolbox import BuiltIn, Tools
from local.stack import Stack
from models.payloads.events import ApprovalRequested, ToolStarted
from models.payloads.scope import TurnKey
from models.payloads.turn import CallRef, CallStatus, SettleRequest
from tests.turns.lab import lab
from tests.turns.shapes import PUBLISH, TOOLED


async def test_a_call_that_began_and_never_ended_is_stored_as_it_was_shown(stack: Stack) -> None:
    async with lab(stack) as here:
        result = await here.send(PUBLISH, agent=TOOLED)
        seen = await here.until(result.turn_id, "approval.requested")
        asked = seen[-1].event
        assert isinstance(asked, ApprovalRequested)
        turn = TurnKey(
            scope=here.scope, conversation_id=here.conversation_id, turn_id=result.turn_id
        )
        call = CallRef(
            call_id=asked.call_id,
            name=asked.tool,
            approval_id=asked.approval_id,
            timeout=timedelta(seconds=20),
        )
        calls = PostgresToolCalls(here.database)
        # A worker takes the call, says that it began, and is gone.
        await here.decide(asked.approval_id, Decision.APPROVE, tell=False)
        begun = await calls.start(turn, call.call_id, repeatable=False, expired=False, broken=False)
        assert begun.run
        writer_key = WriterKey(
            log=here.log, turn_id=result.turn_id, number=seen[-1].id.turn, step=1,
            activity="gone", attempt=1, floor=seen[-1].id.sequence,
        )  # fmt: skip
        async with here.adapters.log.writing(writer_key, _still) as writer:
            started = ToolStarted(step=1, call_id=call.call_id, name=call.name)
            shown = await writer.append(f"{call.call_id}:started", started)

        settling = ToolActivities(
            calls,
            here.adapters.log,
            Tools(BuiltIn([note_tool(PostgresNotes(here.database))])),
            here.adapters.catalogue,
            PrometheusMeters(),
        )
        request = SettleRequest(
            turn=turn, number=seen[-1].id.turn, sequence=seen[-1].id.sequence, step=1,
            call=call, broken=True,
        )  # fmt: skip
        reply = await ActivityEnvironment().run(settling.settle, request)
        assert reply.status is CallStatus.UNKNOWN

        delivery = Delivery(here.log, ConversationKind.CHAT, asked.approval_id, here.scope)
        await here.engine.decided(delivery)
        read = await here.ended(result.turn_id)
        stored = [event for event in await here.whole_log() if event.turn_id == result.turn_id]
        assert shown.id in [event.id for event in stored]
        assert coarse(stored) == coarse(read)


async def _still() -> bool:
    return True
