"""Turn our errors into ones that Temporal can judge without our classes."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio.exceptions import ApplicationError

from models.errors import AppError

# A history keeps every failure: long provider texts do not belong there.
DETAIL_CHARACTERS = 500
# Spread retries that a provider asked for, so that all turns do not come back at once.
JITTER = 0.25


@contextmanager
def reported() -> Iterator[None]:
    """Raise an AppError as an ApplicationError whose type is its code.

    The cause is dropped on purpose: its stack trace would carry provider texts into history.
    """
    try:
        yield
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


def handed_over() -> ApplicationError:
    """This worker is going down: another attempt, elsewhere and at once."""
    return ApplicationError(
        "The worker is shutting down.",
        type="worker_shutdown",
        next_retry_delay=timedelta(seconds=0.1),
    )
