"""What ending a call tells its readers, whether a tool runs or another agent."""

from collections.abc import Sequence

from temporalio import activity

from domain.ports.events import WriterKey
from domain.ports.transcript import StartedCall
from models.payloads.events import (
    ApprovalDecided,
    Event,
    ToolCompleted,
    ToolFailed,
    ToolStarted,
)
from models.payloads.sources import Source
from models.payloads.turn import CallRef, CallStatus, SettleRequest

# Readers see the beginning of a long result.
SHOWN_CHARACTERS = 4_000


def writer_key(settle: SettleRequest) -> WriterKey:
    info = activity.info()
    return WriterKey(
        log=settle.turn.log,
        turn_id=settle.turn.turn_id,
        number=settle.number,
        step=settle.step,
        activity=info.activity_id,
        attempt=info.attempt,
        floor=settle.sequence,
    )


async def always() -> bool:
    """The call's row decides who may end it; the step's fence is the next step's to raise."""
    return True


def verdict(call: CallRef, started: StartedCall) -> tuple[str, Event] | None:
    """Under which key somebody's decision is told; None when nobody was asked, or answered."""
    if call.approval_id is None or started.decision is None:
        return None
    decided = ApprovalDecided(
        approval_id=call.approval_id,
        call_id=call.call_id,
        decision=started.decision,
        decided_by=started.decided_by,
        note=started.note,
        via=started.decided_via,
        edited=started.arguments if started.edited else None,
    )
    return f"{call.approval_id}:decided", decided


def ended(
    settle: SettleRequest,
    status: CallStatus,
    result: str,
    sources: Sequence[Source] = (),
    *,
    code: str,
) -> tuple[str, Event]:
    """`code` names the failure of a call that did not complete."""
    call, shown = settle.call, result[:SHOWN_CHARACTERS]
    event: Event
    if status is CallStatus.COMPLETED:
        event = ToolCompleted(
            step=settle.step,
            call_id=call.call_id,
            name=call.name,
            result=shown,
            truncated=len(result) > SHOWN_CHARACTERS,
            sources=tuple(sources),
        )
    else:
        event = ToolFailed(
            step=settle.step, call_id=call.call_id, name=call.name, code=code, detail=shown
        )
    return f"{call.call_id}:ended", event


def begun(settle: SettleRequest) -> tuple[str, Event]:
    call = settle.call
    event = ToolStarted(step=settle.step, call_id=call.call_id, name=call.name)
    return f"{call.call_id}:started", event
