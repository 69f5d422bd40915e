"""Calls of Slack's Web API: one try each, and every failure named."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.retry_after import retry_after
from models.errors import AppError, ConflictError, InvalidError, UnavailableError

# Slack answers in some 100 ms; a trigger is worth 3 s, an interaction's answer too.
TIMEOUT: Final = 5  # seconds, whole ones
# What Slack asks for most often when it says no number.
PAUSE: Final = 30.0  # seconds
# The grant is gone: somebody must install the app again.
_REVOKED: Final = frozenset(
    {"invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed"}
    | {"org_login_required", "team_access_not_granted", "missing_scope", "no_permission"}
)
_CHANNEL: Final = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "restricted_action",
        "channel_is_archived",
    }
)
_LATER: Final = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
# Nothing is left that could be changed.
GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})

# The client logs answers, and those of OAuth hold tokens.
silent = logging.getLogger("holdfast.slack")
silent.setLevel(logging.CRITICAL)


class SlackRefusedError(InvalidError):
    """Slack does not do this; `reason` is its own word for why."""

    code = "slack_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Slack refused it: {reason}.")
        self.reason = reason


class SlackChannelError(ConflictError):
    code = "slack_channel_gone"
    title = "The channel cannot be written to"


class SlackRevokedError(ConflictError):
    code = "slack_reconnect"
    title = "Install the app in Slack again"


def client(url: str, token: str | None = None) -> AsyncWebClient:
    """`url` is the API's address. Nothing is tried again here: the caller knows how often."""
    made = AsyncWebClient(token, base_url=url, timeout=TIMEOUT, retry_handlers=[], logger=silent)
    if url.startswith("http://"):
        made.proxy = None  # a server of this machine; the environment's proxy is for others
    return made


@contextmanager
def named() -> Iterator[None]:
    """Raise what went wrong by our names. The causes are dropped: they hold what was sent."""
    try:
        yield
    except SlackApiError as error:
        raise _named(error) from None
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
        detail = f"Slack did not answer: {type(error).__name__}."
        raise UnavailableError(detail, code="slack_unavailable") from None
    except (AttributeError, ValueError):  # the client's, over an answer that is no JSON object
        detail = "Slack's answer could not be read."
        raise UnavailableError(detail, code="slack_unavailable") from None


def _named(error: SlackApiError) -> AppError:
    answer: Any = error.response
    status = getattr(answer, "status_code", None) or getattr(answer, "status", None) or 0
    data = getattr(answer, "data", None)
    word = str(data.get("error", "unknown"))[:80] if isinstance(data, dict) else "no_json"
    if status == 429 or word in {"ratelimited", "rate_limited", "message_limit_exceeded"}:
        headers = {name.lower(): value for name, value in dict(answer.headers or {}).items()}
        return UnavailableError(
            "Slack asks us to wait.",
            code="slack_rate_limited",
            retry_after=retry_after(headers) or PAUSE,
        )
    if status >= 500 or word in _LATER or word == "no_json":
        return UnavailableError(f"Slack cannot do it now: {word}.", code="slack_unavailable")
    if word in _REVOKED:
        return SlackRevokedError(f"Slack no longer lets us in: {word}.")
    if word in _CHANNEL:
        return SlackChannelError(f"Slack says of the channel: {word}.")
    return SlackRefusedError(word)
