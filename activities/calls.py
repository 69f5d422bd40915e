"""The tool calls of an answer: checked before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.ports.transcript import NewCall
from domain.tools.tool import ArgumentsError, Effect, Tool
from domain.tools.toolbox import Toolbox
from models.ids import approval_id, call_id
from models.payloads.chat import ToolCall
from models.payloads.events import ApprovalRequested, Event, ToolFailed, ToolRequested
from models.payloads.scope import TurnKey
from models.payloads.turn import CallRef

# More in one step is a model gone astray; each costs an activity.
MOST_CALLS = 16
# An approval shows arguments whole, and a person reads them.
MOST_ARGUMENT_CHARACTERS = 64_000
# Longer arguments are cut in the event that shows a call; the stored call has them whole.
SHOWN_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """A call as it is stored, as the workflow sees it, and as readers see it."""

    stored: NewCall
    ref: CallRef
    events: tuple[Event, ...]


def check_calls(
    turn: TurnKey,
    step: int,
    calls: Sequence[ToolCall],
    allowed: Sequence[str],
    toolbox: Toolbox,
    expires_at: datetime,
) -> list[CheckedCall]:
    """Check names and arguments. What is wrong is answered at once, for the model to read."""
    checked: list[CheckedCall] = []
    for index, call in enumerate(calls):
        own = ToolCall(
            call_id=call_id(turn.turn_id, step, index),
            name=call.name[:200],
            arguments=call.arguments,
        )
        tool = toolbox.get(own.name) if own.name in allowed else None
        if tool is None:
            known = ", ".join(allowed) or "none"
            detail = f"There is no tool {own.name!r}. Known: {known}."
            checked.append(_bad(step, own, "tool_unknown", detail))
            continue
        try:
            _check_size(index, own)
            arguments = tool.validate(own.arguments)
        except ArgumentsError as error:
            checked.append(_bad(step, own, "arguments_invalid", str(error)))
        else:
            checked.append(_good(turn, step, own, tool, arguments, expires_at))
    return checked


def _check_size(index: int, call: ToolCall) -> None:
    if index >= MOST_CALLS:
        raise ArgumentsError(f"Too many calls at once: {MOST_CALLS} at most.")
    if len(call.arguments) > MOST_ARGUMENT_CHARACTERS:
        raise ArgumentsError(f"Arguments above {MOST_ARGUMENT_CHARACTERS} characters.")


def _good(
    turn: TurnKey,
    step: int,
    call: ToolCall,
    tool: Tool,
    arguments: dict[str, Any],
    expires_at: datetime,
) -> CheckedCall:
    approval = approval_id(turn.turn_id, call.call_id) if tool.effect is Effect.WRITE else None
    events: list[Event] = [_requested(step, call, arguments)]
    if approval is not None:
        events.append(
            ApprovalRequested(
                step=step,
                approval_id=approval,
                call_id=call.call_id,
                tool=tool.name,
                arguments=arguments,
                expires_at=expires_at,
            )
        )
    return CheckedCall(
        stored=NewCall(
            call_id=call.call_id,
            name=tool.name,
            raw_arguments=call.arguments,
            arguments=arguments,
            approval_id=approval,
            expires_at=expires_at if approval else None,
        ),
        ref=CallRef(
            call_id=call.call_id,
            name=tool.name,
            approval_id=approval,
            retryable=tool.effect is Effect.READ,
            timeout=tool.timeout,
        ),
        events=tuple(events),
    )


def _bad(step: int, call: ToolCall, code: str, detail: str) -> CheckedCall:
    detail = detail[:1_000]
    raw = call.arguments[:MOST_ARGUMENT_CHARACTERS]
    return CheckedCall(
        stored=NewCall(
            call_id=call.call_id, name=call.name, raw_arguments=raw, arguments=None, error=detail
        ),
        ref=CallRef(call_id=call.call_id, name=call.name, valid=False),
        events=(
            _requested(step, call, None),
            ToolFailed(step=step, call_id=call.call_id, name=call.name, code=code, detail=detail),
        ),
    )


def _requested(step: int, call: ToolCall, arguments: dict[str, Any] | None) -> ToolRequested:
    """Show the arguments whole when they are short, else the beginning of their text."""
    if arguments is None or len(call.arguments) > SHOWN_CHARACTERS:
        arguments = {"raw": call.arguments[:SHOWN_CHARACTERS]}
    return ToolRequested(step=step, call_id=call.call_id, name=call.name, arguments=arguments)
