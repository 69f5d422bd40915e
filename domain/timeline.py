"""When each stage of a turn began and ended, read off its stored events."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from models.payloads.events import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    LoggedEvent,
    RetrievalCompleted,
    RetrievalStarted,
    StepStarted,
    TextCompleted,
    ToolCompleted,
    ToolFailed,
    ToolRequested,
    ToolStarted,
    UsageRecorded,
)

RETRIEVAL: Final = "retrieval"
STEP: Final = "step"
TOOL: Final = "tool"
APPROVAL: Final = "approval"


@dataclass(frozen=True, slots=True)
class Stage:
    """`ended_at` is None for what goes on, and for what the turn's end cut off."""

    kind: str
    name: str
    """A tool's, else empty."""
    step: int | None
    call_id: str | None
    started_at: datetime
    ended_at: datetime | None


Key = tuple[str, str]


def stages(events: Iterable[LoggedEvent]) -> tuple[Stage, ...]:
    """In the order that they began in. A step ends with the last that its model call left."""
    found: dict[Key, Stage] = {}
    for logged in events:
        begun = _begun(logged)
        if begun is not None:
            found.setdefault(*begun)
        key = _ended(logged)
        if key is not None and key in found:
            found[key] = replace(found[key], ended_at=logged.at)
    return tuple(found.values())


def _begun(logged: LoggedEvent) -> tuple[Key, Stage] | None:
    at = logged.at
    match logged.event:
        case RetrievalStarted():
            return (RETRIEVAL, ""), Stage(RETRIEVAL, "", None, None, at, None)
        case StepStarted(step=step):
            return (STEP, str(step)), Stage(STEP, "", step, None, at, None)
        case ToolStarted(step=step, call_id=call, name=name):
            return (TOOL, call), Stage(TOOL, name, step, call, at, None)
        case ApprovalRequested(step=step, call_id=call, tool=tool):
            return (APPROVAL, call), Stage(APPROVAL, tool, step, call, at, None)
        case _:
            return None


def _ended(logged: LoggedEvent) -> Key | None:
    match logged.event:
        case RetrievalCompleted():
            return RETRIEVAL, ""
        case TextCompleted(step=step) | ToolRequested(step=step) | UsageRecorded(step=step):
            return STEP, str(step)
        case ToolCompleted(call_id=call) | ToolFailed(call_id=call):
            return TOOL, call
        case ApprovalDecided(call_id=call) | ApprovalExpired(call_id=call):
            return APPROVAL, call
        case _:
            return None
