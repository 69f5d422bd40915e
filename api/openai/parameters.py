"""Parameters that OpenAI has and we do not: passed over where they ask for nothing, else refused
by name."""

from collections.abc import Mapping
from typing import Any, Final

from api.openai.errors import ParameterError

Known = Mapping[str, tuple[object, ...]]
"""By name: the values that ask for nothing which is not so anyway. None always does."""

_SAMPLING: Final[Known] = {
    "parallel_tool_calls": (True,),
    "service_tier": ("auto", "default"),
    "tool_choice": ("auto",),
    "tools": ([],),
    "top_logprobs": (0,),
    "top_p": (1,),
    "moderation": (),
    "prompt_cache_options": (),
    "prompt_cache_retention": (),
}
OF_RESPONSES: Final[Known] = {
    **_SAMPLING,
    "access_programs": (),
    "context_management": (),
    "image": (),
    "include": ([],),
    "max_tool_calls": (),
    "multi_agent": (),
    "prompt": (),
    "reasoning": ({},),
    "text": ({}, {"format": {"type": "text"}}),
    "truncation": ("auto",),
}
OF_COMPLETIONS: Final[Known] = {
    **_SAMPLING,
    "audio": (),
    "frequency_penalty": (0,),
    "function_call": ("auto", "none"),
    "functions": ([],),
    "logit_bias": ({},),
    "logprobs": (False,),
    "modalities": (["text"],),
    "n": (1,),
    "prediction": (),
    "presence_penalty": (0,),
    "reasoning_effort": (),
    "response_format": ({"type": "text"},),
    "seed": (),
    "stop": ([],),
    "verbosity": (),
    "web_search_options": (),
}


def had(body: Mapping[str, Any], fields: Mapping[str, object], known: Known) -> dict[str, Any]:
    """The parameters that we have. ParameterError for the first other one that asks for
    something."""
    for name in sorted(body.keys() - fields.keys()):
        if name not in known:
            raise ParameterError(
                f"Unknown parameter: '{name[:100]}'.", code="unknown_parameter", param=name[:100]
            )
        if body[name] is not None and body[name] not in known[name]:
            raise unsupported(name, body[name] if known[name] else None)
    return {name: value for name, value in body.items() if name in fields}


def unsupported(name: str, value: object = None) -> ParameterError:
    """As OpenAI says it: of the parameter itself, or of a value where others would do."""
    if value is None:
        return ParameterError(
            f"Unsupported parameter: '{name}' is not supported with this model.",
            code="unsupported_parameter",
            param=name,
        )
    return ParameterError(
        f"Unsupported value: '{name}' does not support {str(value)[:100]} with this model.",
        code="unsupported_value",
        param=name,
    )
