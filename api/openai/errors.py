"""Failures in OpenAI's words, so that their clients raise what they raise over there."""

from collections.abc import Mapping
from typing import Any, Final

from models.errors import BadRequestError, NotFoundError

PREFIX: Final = "/v1/openai/"
# A status of ours that OpenAI does not use, or uses for something else.
_STATUSES: Final = {410: 404, 413: 400, 415: 400, 422: 400, 431: 400}
_CODES: Final = {
    "unauthenticated": "invalid_api_key",
    "token_invalid": "invalid_api_key",
    "json_invalid": "invalid_json",
    "message_too_long": "string_above_max_length",
}
_TYPES: Final = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}


class ParameterError(BadRequestError):
    """What is wrong with one parameter; `param` names it as OpenAI does: `messages[0].content`."""

    def __init__(self, detail: str, *, code: str, param: str | None) -> None:
        super().__init__(detail, code=code)
        self.param = param


class ModelNotFoundError(NotFoundError):
    code = "model_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"The model `{name[:80]}` does not exist or you do not have access to it.")
        self.param = "model"


def in_their_words(problem: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """A problem document of ours: its status, and what their clients read."""
    status = _STATUSES.get(problem["status"], problem["status"])
    return status, error_body(status, problem["code"], problem["detail"], problem.get("param"))


def error_body(status: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """What their clients read: `{"error": {message, type, param, code}}`."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    said = {"message": message, "type": kind, "param": param, "code": _CODES.get(code, code)}
    return {"error": said}
