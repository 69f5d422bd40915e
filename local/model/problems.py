"""Errors in the shape that OpenAI's clients read."""

from typing import ClassVar

import orjson
from starlette.responses import Response


class ProblemError(Exception):
    """A request that is answered with an error: `{"error": {message, type, param, code}}`."""

    status: ClassVar[int] = 400
    kind: ClassVar[str] = "invalid_request_error"

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code


class NotFoundError(ProblemError):
    status = 404


class TooLargeError(ProblemError):
    status = 413


class BusyError(ProblemError):
    status = 503
    kind = "server_error"


def error_body(
    message: str, kind: str, *, param: str | None, code: str | None
) -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def problem_response(problem: ProblemError) -> Response:
    body = error_body(problem.message, problem.kind, param=problem.param, code=problem.code)
    return Response(orjson.dumps(body), problem.status, media_type="application/json")
