"""The object that stands for a turn: OpenAI's `response`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from api.openai.answer import Answer, Ending, Usage

_CANCELLED: Final = frozenset({"stopped", "interrupted", "withdrawn"})
# Where the turn's outcome has no word of OpenAI's, it is the reason itself.
_REASONS: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}
_CODES: Final = {
    "model_overloaded": "rate_limit_exceeded",
    "context_too_long": "invalid_prompt",
    "input_refused": "invalid_prompt",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a response says of itself that no event does."""

    id: str
    created_at: int
    model: str
    conversation: str
    store: bool = True
    """What is not cannot be asked for later."""
    echo: Mapping[str, str | float] = field(default_factory=dict)
    """Of the request, until the turn's own events say it."""
    instructions: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


def status_of(answer: Answer) -> str:
    ending = answer.ending
    if ending is None:
        return "in_progress" if answer.started_at is not None else "queued"
    if ending.kind == "turn.failed":
        return "failed"
    if ending.outcome in _CANCELLED:
        return "cancelled"
    return "completed" if _whole(ending) else "incomplete"


def _whole(ending: Ending) -> bool:
    return ending.outcome == "completed" and ending.finish not in _REASONS


def document(facts: Facts, answer: Answer, status: str | None = None) -> dict[str, Any]:
    """`status` where it is not what the answer's own end says."""
    ending, echo = answer.ending, answer.echo or facts.echo
    said: dict[str, Any] = {
        "id": facts.id,
        "object": "response",
        "created_at": answer.started_at or facts.created_at,
        "status": status or status_of(answer),
        "background": echo.get("background"),
        "completed_at": answer.ended_at if status_of(answer) == "completed" else None,
        "error": _error(ending),
        "incomplete_details": _incomplete(ending),
        "instructions": answer.instructions or facts.instructions or None,
        "max_output_tokens": echo.get("max_output_tokens"),
        "max_tool_calls": None,
        "model": answer.agent or facts.model,
        "output": list(answer.items),
        "parallel_tool_calls": True,
        "previous_response_id": echo.get("previous_response_id"),
        "prompt_cache_key": echo.get("prompt_cache_key"),
        "conversation": {"id": facts.conversation},
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": echo.get("safety_identifier"),
        "service_tier": "default",
        "store": facts.store,
        "temperature": echo.get("temperature"),
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": None,
        "truncation": "auto",
        "usage": None if ending is None else usage(answer.usage),
        "user": echo.get("user"),
        "metadata": facts.metadata or answer.labels,
    }
    return said


def usage(used: Usage) -> dict[str, Any]:
    return {
        "input_tokens": used.input_tokens,
        "input_tokens_details": {"cached_tokens": used.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": used.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": used.input_tokens + used.output_tokens,
    }


def _error(ending: Ending | None) -> dict[str, str] | None:
    """OpenAI's code, of which there are few, and ours as the type."""
    if ending is None or ending.kind != "turn.failed":
        return None
    code = _CODES.get(ending.code, "server_error")
    return {"code": code, "message": ending.detail, "type": ending.code}


def _incomplete(ending: Ending | None) -> dict[str, str] | None:
    if ending is None or ending.kind == "turn.failed" or _whole(ending):
        return None
    if ending.outcome == "contaminated":
        return {"reason": "content_filter"}
    return {"reason": _REASONS.get(ending.finish, ending.outcome)}
