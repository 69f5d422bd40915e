"""The object that stands for an answer in Chat Completions."""

from dataclasses import dataclass
from typing import Any, Final

from api.openai.answer import Answer, Ending, Item, Usage

# Between what an agent says before it uses its tools and what it says then.
BETWEEN: Final = "\n\n"
_FINISHES: Final = {"length": "length", "content_filter": "content_filter"}
_TAKEN_BACK: Final = "withdrawn"


@dataclass(frozen=True, slots=True)
class Facts:
    id: str
    created: int
    model: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer: our code, and words."""

    code: str
    detail: str


def failure_of(ending: Ending) -> Failure | None:
    if ending.kind == "turn.failed":
        return Failure(ending.code, ending.detail)
    if ending.outcome == _TAKEN_BACK:
        return Failure("answer_withdrawn", "The answer was taken back.")
    return None


def finish_of(ending: Ending) -> str:
    """Of the few reasons that there are; what was cut short, by whom or what ever, is `length`."""
    if ending.outcome == "contaminated":
        return "content_filter"
    if ending.outcome == "completed":
        return _FINISHES.get(ending.finish, "stop")
    return "length"


def text_of(answer: Answer) -> str:
    return BETWEEN.join(item["content"][0]["text"] for item in _said(answer))


def completion(facts: Facts, answer: Answer, ending: Ending) -> dict[str, Any]:
    found = [
        _citation(note) for item in _said(answer) for note in item["content"][0]["annotations"]
    ]
    message = {
        "role": "assistant",
        "content": text_of(answer),
        "refusal": None,
        "annotations": [one for one in found if one is not None],
    }
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": finish_of(ending),
    }
    return {
        "id": facts.id,
        "object": "chat.completion",
        "created": facts.created,
        "model": facts.model,
        "choices": [choice],
        "usage": usage(answer.usage),
        "service_tier": "default",
        "system_fingerprint": None,
    }


def usage(used: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": used.input_tokens,
        "completion_tokens": used.output_tokens,
        "total_tokens": used.input_tokens + used.output_tokens,
        "prompt_tokens_details": {"cached_tokens": used.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _said(answer: Answer) -> list[Item]:
    return [item for item in answer.items if item["type"] == "message"]


def _citation(note: Item) -> Item | None:
    """Chat Completions knows addresses alone; its indices are of the one text, which ours are when
    the agent spoke once."""
    if note["type"] != "url_citation":
        return None
    return {
        "type": "url_citation",
        "url_citation": {key: value for key, value in note.items() if key != "type"},
    }
