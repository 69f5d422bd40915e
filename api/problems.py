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
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
    }
    if errors is not None:
        document["errors"] = errors
    return Response(
        # Strangers' text may hold lone surrogates, which no UTF-8 can.
        orjson.dumps(_encodable(document)),
        status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def internal(request_id: str) -> Response:
    """What a caller learns of a fault of ours: the id under which it was logged."""
    return problem(
        request_id,
        status=500,
        code="internal",
        title=AppError.title,
        detail="Something went wrong on our side. Quote the request id when you report it.",
    )


def install(app: FastAPI) -> None:
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)


def request_id(request: Request) -> str:
    return str(request.state.request_id)


async def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 - the handler is registered for it
    if error.status == 500:
        log.error("request.failed", code=error.code, exc_info=error)
        return internal(request_id(request))
    headers: dict[str, str] = {}
    if error.retry_after is not None:
        headers["retry-after"] = str(max(1, round(error.retry_after)))
    if error.status == 401:
        given = "authorization" in request.headers
        headers["www-authenticate"] = 'Bearer error="invalid_token"' if given else "Bearer"
    return problem(
        request_id(request),
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        headers=headers,
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for it
    status = error.status_code
    code = error.code if isinstance(error, NamedHTTPError) else _CODES.get(status, "bad_request")
    return problem(
        request_id(request), status=status, code=code, detail=error.detail, headers=error.headers
    )


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    found = error.errors()
    kinds = {_code(item) for item in found}
    if "json_invalid" in kinds:
        detail = "The body is not JSON."
        return problem(request_id(request), status=400, code="json_invalid", detail=detail)
    code = next(iter(sorted(kinds - _PYDANTICS)), "request_invalid")
    errors = [
        {"pointer": _pointer(item["loc"]), "detail": _said(item)[:200]}
        for item in found[:_LARGEST_LIST]
    ]
    return problem(
        request_id(request),
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
