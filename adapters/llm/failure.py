"""What a provider's status, error body or broken connection means in our error tree.

Texts here are ours: a provider's message may quote the key or the prompt, so only its
code, type, parameter and request id are repeated, and only when they look like names.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import aiohttp
import httpx2
import openai
import orjson

from adapters.retry_after import retry_after
from models.errors import (
    ContextTooLongError,
    ModelError,
    ModelOverloadedError,
    ModelQuietError,
    ModelRefusedError,
    ModelUnavailableError,
)

# Errors cross Temporal and reach logs: long enough to say what happened.
LONGEST_DETAIL = 500

# The model, or a response that was kept.
NOT_FOUND = "model_not_found"
# Also of a model that the key has no access to, with 403.
MISSING_CODES = frozenset({"model_not_found", "DeploymentNotFound"})
QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
TOO_LONG_CODES = frozenset(
    {"context_length_exceeded", "exceed_context_size_error", "string_above_max_length"}
)
FILTER_CODES = frozenset({"content_filter", "content_policy_violation"})
BUSY_CODES = frozenset({"rate_limit_exceeded", "rate_limit_error"})
BROKEN_CODES = frozenset({"server_error", "internal_error", "internal_server_error", "overloaded"})
# vLLM has no code for it; its sentence has been stable for years.
TOO_LONG_TEXT = "maximum context length"

NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,80}")
# What can go wrong while a request is sent or its answer read. The transport passes on as they
# are those of aiohttp's errors that it has no name for.
BROKEN = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    aiohttp.ClientError,
    OSError,
)
NEVER_CONNECTED = (httpx2.ConnectTimeout, httpx2.PoolTimeout)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the client library raises into ModelError."""
    try:
        yield
    except BROKEN as error:
        raise from_exception(error) from error
    except UnicodeError as error:
        raise ModelRefusedError("The request holds text that is no Unicode.") from error


def from_exception(error: Exception) -> ModelError:
    cause = error.__cause__ or error
    name = type(cause).__name__
    if isinstance(cause, httpx2.TimeoutException) and not isinstance(cause, NEVER_CONNECTED):
        return ModelQuietError(f"The model's provider went quiet ({name}).")
    return ModelUnavailableError(f"The connection to the model's provider broke ({name}).")


def from_status(status: int, headers: Mapping[str, str], body: bytes) -> ModelError:
    """The error for an answer that is no 200; `body` may be cut."""
    error = _error_in(body)
    detail = _detail(f"The model's provider answered {status}", error, headers)
    wait = retry_after(headers)
    if status in {401, 403} and not _names(error) & MISSING_CODES:
        return ModelRefusedError(detail, code="model_key_rejected")
    if status == 408 or status >= 500:
        return ModelUnavailableError(detail, retry_after=wait)
    if (known := _by_code(error, detail, wait)) is not None:
        return known
    match status:
        case 429:
            return ModelOverloadedError(detail, retry_after=wait)
        case 404:
            return ModelRefusedError(detail, code=NOT_FOUND)
        case 413:
            return ContextTooLongError(detail)
        case 409 | 425:
            return ModelUnavailableError(detail, retry_after=wait)
        case _:
            return ModelRefusedError(detail)


def from_error(error: object) -> ModelError:
    """The error that a stream carries inside: `{"code", "type", "message", …}`."""
    fields = error if isinstance(error, dict) else {}
    detail = _detail("The model failed while answering", fields, {})
    known = _by_code(fields, detail, None)
    if known is not None:
        return known
    if _names(fields) & BROKEN_CODES or not _names(fields):
        return ModelUnavailableError(detail)
    return ModelRefusedError(detail)


def _by_code(error: Mapping[str, Any], detail: str, wait: float | None) -> ModelError | None:
    names = _names(error)
    if names & MISSING_CODES:
        return ModelRefusedError(detail, code=NOT_FOUND)
    if names & QUOTA_CODES:
        return ModelRefusedError(detail, code="model_quota_exhausted")
    if names & TOO_LONG_CODES or TOO_LONG_TEXT in str(error.get("message", "")):
        return ContextTooLongError(detail)
    if names & FILTER_CODES:
        return ModelRefusedError(detail, code="model_content_filtered")
    if names & BUSY_CODES:
        return ModelOverloadedError(detail, retry_after=wait)
    return None


def _names(error: Mapping[str, Any]) -> set[str]:
    return {name for key in ("code", "type") if isinstance(name := error.get(key), str)} - {"error"}


def _error_in(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(document, dict):
        return {}
    error = document.get("error", document)
    return error if isinstance(error, dict) else {}


def _detail(opening: str, error: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    named = {key: error.get(key) for key in ("code", "type", "param")}
    named["request"] = headers.get("x-request-id")
    known = [
        f"{key} {value}"
        for key, value in named.items()
        if isinstance(value, str) and NAME.fullmatch(value) and "sk-" not in value
    ]
    return f"{opening}{': ' if known else ''}{', '.join(known)}."[:LONGEST_DETAIL]
