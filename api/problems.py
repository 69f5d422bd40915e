"""Failures as RFC 9457 problem details."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, get_args

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import HTTPException as FastAPIHTTPException
from fastapi.exceptions import RequestValidationError
from pydantic_core import core_schema
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.openai import errors as openai
from models.errors import AppError

MEDIA_TYPE: Final = "application/problem+json"

# What pydantic itself calls errors; every other type is a code that a validator of ours gave.
_PYDANTICS: Final = frozenset(get_args(core_schema.ErrorType))
_LARGEST_LIST: Final = 20
_CODES: Final = {404: "route_not_found", 405: "method_not_allowed"}

log = structlog.get_logger(__name__)


class NamedHTTPError(FastAPIHTTPException):
    """For where FastAPI passes on its own kind alone: while a body is read."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(status_code=status, detail=detail)
        self.code = code


Problem = dict[str, Any]
"""The members of a problem document: what HTTP answers with, and sockets put in a message."""


def described(
    request_id: str,
    *,
    status: int,
    code: str,
    detail: str,
    title: str | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
) -> Problem:
    document: Problem = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
    }
    if errors is not None:
        document["errors"] = errors
    return document


def written(document: Problem) -> bytes:
    """As JSON. Strangers' text may hold lone surrogates, which no UTF-8 can."""
    return orjson.dumps(_encodable(document))


def problem(
    request_id: str,
    *,
    status: int,
    code: str,
    detail: str,
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
) -> Response:
    document = described(
        request_id, status=status, code=code, detail=detail, title=title, errors=errors
    )
    return _response(document, headers)


class ProblemResponse(Response):
    """A problem document; under a dialect's own paths in that dialect's words."""

    media_type = MEDIA_TYPE

    def __init__(self, document: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(written(document), document["status"], headers=dict(headers or {}))
        self._document = document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path", "").startswith(openai.PREFIX):
            status, said = openai.in_their_words(self._document)
            self.status_code, self.body = status, written(said)
            self.headers["content-length"] = str(len(self.body))
            self.headers["content-type"] = "application/json"
        await super().__call__(scope, receive, send)


def _response(document: Problem, headers: Mapping[str, str] | None = None) -> Response:
    return ProblemResponse(document, headers)


def fault(request_id: str) -> Problem:
    """What a caller learns of a fault of ours: the id under which it was logged."""
    return described(
        request_id,
        status=500,
        code="internal",
        title=AppError.title,
        detail="Something went wrong on our side. Quote the request id when you report it.",
    )


def internal(request_id: str) -> Response:
    return _response(fault(request_id))


def of_error(request_id: str, error: AppError) -> Problem:
    """A named failure; a fault of ours is logged here."""
    if error.status == 500:
        log.error("request.failed", code=error.code, exc_info=error)
        return fault(request_id)
    document = described(
        request_id, status=error.status, code=error.code, title=error.title, detail=error.detail
    )
    if isinstance(error, openai.ParameterError | openai.ModelNotFoundError):
        document["param"] = error.param
    return document


def retry_after(error: AppError) -> int | None:
    """Whole seconds; None: it says nothing of that."""
    if error.retry_after is None or error.status == 500:
        return None
    return max(1, round(error.retry_after))


def install(app: FastAPI) -> None:
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)


def request_id(request: Request) -> str:
    return str(request.state.request_id)


async def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 - the handler is registered for it
    headers: dict[str, str] = {}
    if (seconds := retry_after(error)) is not None:
        headers["retry-after"] = str(seconds)
    if error.status == 401:
        given = "authorization" in request.headers
        headers["www-authenticate"] = 'Bearer error="invalid_token"' if given else "Bearer"
    return _response(of_error(request_id(request), error), headers)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for it
    status = error.status_code
    code = error.code if isinstance(error, NamedHTTPError) else _CODES.get(status, "bad_request")
    return problem(
        request_id(request), status=status, code=code, detail=error.detail, headers=error.headers
    )


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    return _response(of_invalid(request_id(request), error.errors()))


def of_invalid(request_id: str, found: Sequence[Mapping[str, Any]]) -> Problem:
    """What pydantic found wrong."""
    kinds = {_code(item) for item in found}
    if "json_invalid" in kinds:
        detail = "The body is not JSON."
        return described(request_id, status=400, code="json_invalid", detail=detail)
    code = next(iter(sorted(kinds - _PYDANTICS)), "request_invalid")
    errors = [
        {"pointer": _pointer(item["loc"]), "detail": _said(item)[:200]}
        for item in found[:_LARGEST_LIST]
    ]
    return described(
        request_id,
        status=422,
        code=code,
        title="The request is not valid",
        detail="; ".join(f"{item['pointer'] or '/'}: {item['detail']}" for item in errors)[:1_000],
        errors=errors,
    )


def _code(item: Mapping[str, Any]) -> str:
    # Pydantic's own word for text that is no Unicode: lone surrogates.
    return "text_invalid" if item["type"] == "string_unicode" else str(item["type"])


def _said(item: Mapping[str, Any]) -> str:
    """Pydantic's words, but where they tell of Python: "Tuple should have … after validation"."""
    if item["type"] == "too_long":
        what = "characters" if isinstance(item["input"], str) else "items"
        return f"There may be {item['ctx']['max_length']} {what} at most."
    if item["type"] == "extra_forbidden":
        return "There is no such field."
    return str(item["msg"])


def _pointer(location: Sequence[str | int]) -> str:
    """`("body", "references", 0)` as `/references/0`; parameters keep where they stand."""
    parts = location[1:] if location and location[0] == "body" else location
    written = (str(part)[:100].replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{part}" for part in written)


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
