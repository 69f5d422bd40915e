"""The tool calls of an answer: checked and judged before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from activities.gate import Standing
from domain.canonical import digest
from domain.ports.transcript import NewCall
from domain.teams import child_of, offered
from domain.tools.tool import ArgumentsError, Effect, Tool
from domain.tools.toolbox import Toolbox
from models.ids import approval_id, call_id
from models.payloads.agent import Agent
from models.payloads.chat import ToolCall
from models.payloads.events import ApprovalRequested, Event, ToolFailed, ToolRequested
from models.payloads.policy import Decision, Ruling
from models.payloads.turn import CallRef, ChildRun, ThinkRequest

# More in one step is a model gone astray; each costs an activity.
MOST_CALLS = 16
# An approval shows arguments whole, and a person reads them.
MOST_ARGUMENT_CHARACTERS = 64_000
# Each rule may look at each value.
MOST_VALUES = 2_000
# Longer arguments are cut in the event that shows a call; the stored call has them whole.
SHOWN_CHARACTERS = 4_000
_MOST_DETAIL = 1_000


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """A call as it is stored, as the workflow sees it, and as readers see it."""

    stored: NewCall
    ref: CallRef
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class _Sound:
    """A call that could run, if it may."""

    call: ToolCall
    tool: Tool
    arguments: dict[str, Any]
    digest: str
    child: ChildRun | None


class _UnsoundError(Exception):
    """`code` is for readers, the text for the model."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def check_calls(
    request: ThinkRequest,
    agent: Agent,
    calls: Sequence[ToolCall],
    toolbox: Toolbox,
    now: datetime,
    standing: Standing,
) -> list[CheckedCall]:
    """Check names and arguments, then ask the gate. What is wrong or refused is answered at once,
    for the model to read. `now` is by the store's clock, which judges what expires."""
    return [
        _checked(request, agent, call, now, standing)
        for call in _named(request, agent, calls, toolbox)
    ]


@dataclass(frozen=True, slots=True)
class _Named:
    """A call under an id of ours: models repeat theirs."""

    index: int
    call: ToolCall
    tool: Tool | None
    children: int
    """How many calls of the step start agents: they share what is left."""


def _named(
    request: ThinkRequest, agent: Agent, calls: Sequence[ToolCall], toolbox: Toolbox
) -> list[_Named]:
    names = offered(agent, request.depth)
    tools = [toolbox.get(call.name) if call.name in names else None for call in calls]
    children = sum(tool is not None and tool.agent is not None for tool in tools)
    return [
        _Named(
            index,
            ToolCall(
                call_id=call_id(request.turn.turn_id, request.step, index),
                name=call.name[:200],
                arguments=call.arguments,
            ),
            tool,
            children,
        )
        for index, (call, tool) in enumerate(zip(calls, tools, strict=True))
    ]


def _checked(
    request: ThinkRequest,
    agent: Agent,
    named: _Named,
    now: datetime,
    standing: Standing,
) -> CheckedCall:
    try:
        sound = _sound(request, agent, named)
    except _UnsoundError as error:
        return _bad(request.step, named.call, error.code, str(error))
    decision = standing.judge(sound.tool, sound.arguments)
    if decision.ruling is Ruling.DENY:
        return _denied(request.step, sound, decision)
    return _good(request, sound, decision, now)


def _sound(request: ThinkRequest, agent: Agent, named: _Named) -> _Sound:
    call, tool = named.call, named.tool
    if tool is None:
        known = ", ".join(offered(agent, request.depth)) or "none"
        raise _UnsoundError("tool_unknown", f"There is no tool {call.name!r}. Known: {known}.")
    if named.index >= MOST_CALLS:
        raise _UnsoundError("too_many_calls", f"Too many calls at once: {MOST_CALLS} at most.")
    if len(call.arguments) > MOST_ARGUMENT_CHARACTERS:
        detail = f"Arguments above {MOST_ARGUMENT_CHARACTERS} characters."
        raise _UnsoundError("arguments_too_large", detail)
    try:
        arguments = tool.validate(call.arguments)
        seal = digest(arguments)
        child = None
        if tool.agent is not None:
            child = child_of(request, tool.agent, call.call_id, named.children)
    except ArgumentsError as error:
        raise _UnsoundError("arguments_invalid", str(error)) from None
    if _values(arguments) > MOST_VALUES:
        raise _UnsoundError("arguments_too_large", f"Arguments of more than {MOST_VALUES} values.")
    return _Sound(call, tool, arguments, seal, child)


def _values(value: object) -> int:
    match value:
        case dict():
            return sum(map(_values, value.values())) + 1
        case list():
            return sum(map(_values, value)) + 1
        case _:
            return 1


def _good(request: ThinkRequest, sound: _Sound, decision: Decision, now: datetime) -> CheckedCall:
    call, tool = sound.call, sound.tool
    asks = decision.ruling is Ruling.ASK
    approval = approval_id(request.turn.turn_id, call.call_id) if asks else None
    window = decision.asking.window or request.approval_window
    events: list[Event] = [_requested(request.step, call, sound.arguments, decision)]
    if approval is not None:
        events.append(
            ApprovalRequested(
                step=request.step,
                approval_id=approval,
                call_id=call.call_id,
                tool=tool.name,
                arguments=sound.arguments,
                expires_at=now + window,
                arguments_hash=sound.digest,
                reason=decision.sentence,
                tainted=decision.tainted,
                quotes=decision.quotes,
                approvers=decision.asking.approvers,
                four_eyes=decision.asking.four_eyes,
            )
        )
    return CheckedCall(
        stored=NewCall(
            call_id=call.call_id,
            name=tool.name,
            raw_arguments=call.arguments,
            arguments=sound.arguments,
            approval_id=approval,
            expires_at=now + window if asks else None,
            remind_at=_before(now, decision.asking.remind_after, window) if asks else None,
            escalate_at=_before(now, decision.asking.escalate_after, window) if asks else None,
            decision=decision,
            arguments_hash=sound.digest if asks else "",
            schema=tool.schema.parameters if asks else None,
        ),
        ref=CallRef(
            call_id=call.call_id,
            name=tool.name,
            approval_id=approval,
            retryable=tool.effect is Effect.READ,
            timeout=tool.timeout,
            child=sound.child,
            window=decision.asking.window if asks else None,
        ),
        events=tuple(events),
    )


def _before(now: datetime, after: timedelta | None, window: timedelta) -> datetime | None:
    """What would come when nobody may decide any more does not come."""
    return now + after if after is not None and after < window else None


def _denied(step: int, sound: _Sound, decision: Decision) -> CheckedCall:
    """The model hears why, and that asking again is no use."""
    call = sound.call
    detail = f"{decision.sentence} It did not run, and will not if it is called again."
    return CheckedCall(
        stored=NewCall(
            call_id=call.call_id,
            name=sound.tool.name,
            raw_arguments=call.arguments,
            arguments=sound.arguments,
            error=detail,
            denied=True,
            decision=decision,
        ),
        # Not to be run; unlike an unsound one it does not count against the model.
        ref=CallRef(call_id=call.call_id, name=sound.tool.name, valid=False, denied=True),
        events=(
            _requested(step, call, sound.arguments, decision),
            _failed(step, call, "denied_by_policy", detail),
        ),
    )


def _bad(step: int, call: ToolCall, code: str, detail: str) -> CheckedCall:
    detail = detail[:_MOST_DETAIL]
    raw = call.arguments[:MOST_ARGUMENT_CHARACTERS]
    return CheckedCall(
        stored=NewCall(
            call_id=call.call_id, name=call.name, raw_arguments=raw, arguments=None, error=detail
        ),
        ref=CallRef(call_id=call.call_id, name=call.name, valid=False),
        events=(_requested(step, call, None, None), _failed(step, call, code, detail)),
    )


def _failed(step: int, call: ToolCall, code: str, detail: str) -> ToolFailed:
    return ToolFailed(step=step, call_id=call.call_id, name=call.name, code=code, detail=detail)


def _requested(
    step: int, call: ToolCall, arguments: dict[str, Any] | None, decision: Decision | None
) -> ToolRequested:
    """Show the arguments whole when they are short, else the beginning of their text."""
    if arguments is None or len(call.arguments) > SHOWN_CHARACTERS:
        arguments = {"raw": call.arguments[:SHOWN_CHARACTERS]}
    return ToolRequested(
        step=step,
        call_id=call.call_id,
        name=call.name,
        arguments=arguments,
        ruling=decision.ruling if decision else "",
        reason=decision.sentence if decision else "",
    )
