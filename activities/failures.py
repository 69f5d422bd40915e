"""Turn our errors into ones that Temporal can judge without our classes."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from models.errors import AppError

# A history keeps every failure: long provider texts do not belong there.
DETAIL_CHARACTERS = 500
# A fault of ours is rarely mended by trying again.
FAULT_ATTEMPTS = 5
# Spread retries, so that all turns that one refusal met do not come back at once.
JITTER = 0.25
# Doubled more often than this, a pause is past every limit, and soon past what a float holds.
MOST_DOUBLINGS = 64


@contextmanager
def reported(*, patient: bool = False) -> Iterator[None]:
    """Raise an AppError as an ApplicationError whose type is its code.

    `patient`: nobody waits, and attempts have no end. Their pauses grow as the policy says, also
    where the error itself would be content with less.

    The cause is dropped on purpose: its stack trace would carry provider texts into history, and
    the text of a fault of ours may carry rows and messages. The log has both.
    """
    try:
        yield
    except ApplicationError:
        raise
    except AppError as error:
        raise ApplicationError(
            str(error)[:DETAIL_CHARACTERS],
            type=error.code,
            non_retryable=not error.retryable,
            next_retry_delay=pause_before_retry(error, patient=patient),
        ) from None
    except Exception as error:  # noqa: BLE001 -- whatever it was, its text must not leave here
        activity.logger.exception("An activity failed in a way that nobody named")
        raise ApplicationError(
            f"A fault of ours: {type(error).__name__}.",
            type="internal",
            non_retryable=not patient and activity.info().attempt >= FAULT_ATTEMPTS,
        ) from None


def pause_before_retry(error: AppError, *, patient: bool = False) -> timedelta | None:
    """What the error asks for and a little more, never less; else the policy's own pause, a little
    shorter or longer: the server repeats that to the millisecond. `patient`: the longer of both."""
    spread = random.uniform(-JITTER, JITTER)  # noqa: S311 -- jitter, not a secret
    if error.retry_after is None:
        return _by_policy(error, spread)
    asked = timedelta(seconds=error.retry_after * (1 + abs(spread)))
    own = _by_policy(error, spread) if patient else None
    return asked if own is None else max(asked, own)


def _by_policy(error: AppError, spread: float) -> timedelta | None:
    info = activity.info()
    policy = info.retry_policy
    if policy is None or not error.retryable:
        return None
    doublings = min(info.attempt - 1, MOST_DOUBLINGS)
    seconds = policy.initial_interval.total_seconds() * policy.backoff_coefficient**doublings
    if policy.maximum_interval is not None:
        seconds = min(seconds, policy.maximum_interval.total_seconds())
    return timedelta(seconds=seconds * (1 + spread))


def handed_over() -> ApplicationError:
    """This worker is going down: another attempt, elsewhere and at once."""
    return ApplicationError(
        "The worker is shutting down.",
        type="worker_shutdown",
        next_retry_delay=timedelta(seconds=0.1),
    )
