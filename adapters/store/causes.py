"""What each row of a turn's usage was for: its id is made of it, and tells it again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from adapters.store.stored import usage_id
from domain.ports.inspection import CallItem, Cause, StepItem, UsageLine

# Of a step; the engine gives up then.
_ATTEMPTS: Final = 12
# That one retrieval, or one tool, asks a provider.
_ASKED: Final = 16


@dataclass(frozen=True, slots=True)
class _Origin:
    cause: Cause
    step: int | None = None
    attempt: int | None = None
    call_id: str | None = None


Origins = Mapping[UUID, _Origin]
_UNKNOWN: Final = _Origin(Cause.OTHER)


def causes(turn_id: UUID, steps: Sequence[StepItem], calls: Sequence[CallItem]) -> Origins:
    """By the ids that usage of these would have."""
    last = max((step.step for step in steps), default=0)
    named = _named(last + 1, calls)
    return {usage_id(turn_id, name): origin for name, origin in named}


def _named(last: int, calls: Sequence[CallItem]) -> Iterator[tuple[str, _Origin]]:
    """The names under which usage is written, wherever that is."""
    yield "routing", _Origin(Cause.ROUTING)
    for index in range(_ASKED):
        yield f"retrieval:{index}", _Origin(Cause.RETRIEVAL)
    for step in range(1, last + 1):
        yield f"step:{step}", _Origin(Cause.STEP, step)
        for attempt in range(1, _ATTEMPTS + 1):
            lost = _Origin(Cause.ATTEMPT, step, attempt)
            yield f"step:{step}:attempt:{attempt}", lost
            yield f"step:{step}:attempt:{attempt}:fallback", lost
    for call in calls:
        for index in range(_ASKED):
            origin = _Origin(Cause.TOOL, call.step, call_id=call.call_id)
            yield f"{call.call_id}:{index}", origin


def line_of(row: Mapping[str, Any], known: Origins) -> UsageLine:
    origin = known.get(row["id"], _UNKNOWN)
    return UsageLine(
        cause=origin.cause,
        step=origin.step,
        attempt=origin.attempt,
        call_id=origin.call_id,
        kind=row["kind"],
        agent=row["agent"],
        model=row["model"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cached_tokens=row["cached_tokens"],
        first_token_ms=row["first_token_ms"],
        cost_usd=row["cost_usd"],
        at=row["created_at"],
    )
