"""A request's body, with OpenAI's words for what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import orjson
from pydantic import ValidationError
from starlette.requests import Request

from api.openai.errors import ParameterError
from api.openai.parameters import Known, had
from api.schemas.base import Body

Asked = TypeVar("Asked", bound=Body)

_CODES: Final = {
    "string_too_long": "string_above_max_length",
    "string_too_short": "empty_string",
    "too_long": "object_above_max_properties",
    "less_than_equal": "decimal_above_max_value",
    "greater_than_equal": "decimal_below_min_value",
}


async def read(request: Request, model: type[Asked], known: Known) -> Asked:
    """ParameterError for whatever is wrong."""
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise ParameterError(
            "We could not parse the JSON body of your request.", code="invalid_json", param=None
        ) from None
    if not isinstance(body, dict):
        raise ParameterError("The body is no JSON object.", code="invalid_json", param=None)
    try:
        return model.model_validate(had(body, model.model_fields, known))
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False, include_input=False)[0]) from None


def _refusal(found: Mapping[str, Any]) -> ParameterError:
    param, kind = named(found["loc"]), found["type"]
    if kind == "missing":
        return ParameterError(
            f"Missing required parameter: '{param}'.",
            code="missing_required_parameter",
            param=param,
        )
    if kind == "extra_forbidden":
        return ParameterError(
            f"Unknown parameter: '{param}'.", code="unknown_parameter", param=param
        )
    wrong_type = kind.endswith(("_type", "_parsing"))
    what = "type" if wrong_type else "value"
    code = _CODES.get(kind, f"invalid_{what}")
    return ParameterError(f"Invalid {what} for '{param}': {found['msg']}.", code=code, param=param)


def named(location: Sequence[str | int]) -> str:
    """`("messages", 0, "content")` as `messages[0].content`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{str(part)[:100]}" for part in location)
    return "".join(parts).removeprefix(".")
