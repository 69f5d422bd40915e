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
# Spread retries that a provider asked for, so that all turns do not come back at once.
JITTER = 0.25


@contextmanager
def reported() -> Iterator[None]:
    """Raise an AppError as an ApplicationError whose type is its code.

    The cause is dropped on purpose: its stack trace would carry provider texts into history, and
    the text of a fault of ours may carry rows and messages. The log has both.
    """
    try:
        yield
    except ApplicationError:
        raise
    except AppError as error:
        after = error.retry_after
        raise ApplicationError(
            str(error)[:DETAIL_CHARACTERS],
            type=error.code,
            non_retryable=not error.retryable,
            next_retry_delay=(
                None if after is None else timedelta(seconds=after * (1 + JITTER * random.random()))  # noqa: S311 -- jitter, not a secret
            ),
        ) from None
    except Exception as error:  # noqa: BLE001 -- whatever it was, its text must not leave here
        activity.logger.exception("An activity failed in a way that nobody named")
        raise ApplicationError(
            f"A fault of ours: {type(error).__name__}.",
            type="internal",
            non_retryable=activity.info().attempt >= FAULT_ATTEMPTS,
        ) from None


def handed_over() -> ApplicationError:
    """This worker is going down: another attempt, elsewhere and at once."""
    return ApplicationError(
        "The worker is shutting down.",
        type="worker_shutdown",
        next_retry_delay=timedelta(seconds=0.1),
    )
