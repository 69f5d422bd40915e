"""Every named failure.

AppError
├── IdentityError        401  unauthenticated, token_expired, token_invalid
├── AccessError          403  space_forbidden, role_required, not_the_sender, …
├── NotFoundError        404  conversation_not_found, document_not_found, collection_not_found, …
├── ConflictError        409  conversation_busy, conversation_archived, already_decided, …
├── GoneError            410  expired, withdrawn, message_erased
├── TooLargeError        413  message_too_long, document_too_large
├── UnsupportedError     415  document_type_unsupported
├── InvalidError         422  message_empty, message_reused, agent_unknown, cursor_invalid, …
├── LimitError           429  rate_limited, too_many_streams, queue_full, …
├── UnavailableError     503  engine_unavailable, no_worker, store_unavailable, …
├── ModelError           502  what a provider did: model_overloaded, model_quiet, …
├── StaleAttemptError    409  stale_attempt: a newer attempt has taken over
└── EventCollisionError  500  event_collision: two events were given one number

A code is public and stable: callers branch on it, never on the text.
"""

from typing import ClassVar


class AppError(Exception):
    """A named failure. `code` is public; `retryable` decides what Temporal does."""

    code: str = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    retryable: bool = False
    retry_after: float | None = None
    """Seconds to wait before asking again."""

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code
        if retryable is not None:
            self.retryable = retryable
        if retry_after is not None:
            self.retry_after = retry_after


class IdentityError(AppError):
    code = "unauthenticated"
    status = 401
    title = "Sign in"


class AccessError(AppError):
    code = "space_forbidden"
    status = 403
    title = "Not allowed"


class BadRequestError(AppError):
    code = "bad_request"
    status = 400
    title = "The request cannot be read"


class NotFoundError(AppError):
    code = "not_found"
    status = 404
    title = "Not found"


class ConflictError(AppError):
    code = "conflict"
    status = 409
    title = "Not possible in this state"


class GoneError(AppError):
    code = "expired"
    status = 410
    title = "Too late"


class TooLargeError(AppError):
    code = "too_large"
    status = 413
    title = "Too large"


class UnsupportedError(AppError):
    code = "document_type_unsupported"
    status = 415
    title = "This kind of file is not read"


class InvalidError(AppError):
    code = "invalid"
    status = 422
    title = "The request is not valid"


class LimitError(AppError):
    code = "queue_full"
    status = 429
    title = "Too many at once"
    retry_after = 5.0


class UnavailableError(AppError):
    code = "unavailable"
    status = 503
    title = "Not available at the moment"
    retryable = True
    retry_after = 2.0


class StaleAttemptError(AppError):
    """This attempt was taken over: it must write nothing more."""

    code = "stale_attempt"
    status = 409
    title = "A newer attempt has taken over"


class EventCollisionError(AppError):
    """A defect of whoever numbered them. It is tried again: a turn that cannot end is seen, and
    ends once that is mended."""

    code = "event_collision"
    title = "Two events have one number"
    retryable = True


class ModelError(AppError):
    """What a model's provider did or did not do."""

    code = "model_failed"
    status = 502
    title = "The model did not answer"


class ContextTooLongError(ModelError):
    code = "context_too_long"
    status = 422
    title = "The message does not fit the model"


class ModelRefusedError(ModelError):
    """The provider says that the request itself is wrong, or the key."""

    code = "model_rejected"


class ModelOverloadedError(ModelError):
    """429, or 503 of a provider that is busy: `retry_after` is honoured."""

    code = "model_overloaded"
    status = 503
    retryable = True


class ModelUnavailableError(ModelError):
    """5xx, a refused or dropped connection."""

    code = "model_unavailable"
    status = 503
    retryable = True


class ModelQuietError(ModelError):
    """It accepted, then said nothing within the limit on the first token or between tokens."""

    code = "model_quiet"
    status = 504
    retryable = True


class ModelGarbledError(ModelError):
    """Its stream could not be read, or ended before its end."""

    code = "model_garbled"
    retryable = True
