"""How errors of ours reach Temporal: when to come back, and never all at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.failures import JITTER, reported
from models.errors import AppError, ModelOverloadedError, ModelRefusedError, ModelUnavailableError
from workflows import policies

POLICY = policies.think(1, "agent", timedelta(minutes=10))["retry_policy"]
TRIES = 200


def pauses(error: AppError, attempt: int, policy: RetryPolicy | None = POLICY) -> list[float]:
    """Seconds that an activity which failed so asks for, as often as it is tried."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt, retry_policy=policy)

    def fail() -> None:
        with reported():
            raise error

    asked = []
    for _ in range(TRIES):
        with pytest.raises(ApplicationError) as failed:
            environment.run(fail)
        pause = failed.value.next_retry_delay
        asked.append(-1.0 if pause is None else pause.total_seconds())
    return asked


def test_a_wait_that_a_provider_names_is_kept_and_spread() -> None:
    asked = pauses(ModelOverloadedError("busy", retry_after=8), attempt=1)
    assert min(asked) >= 8
    assert max(asked) <= 8 * (1 + JITTER)
    assert max(asked) - min(asked) > 8 * JITTER / 2


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 0.2), (2, 0.4), (5, 3.2), (9, 10), (5_000, 10)]
)
def test_without_one_the_policys_own_pause_is_spread(attempt: int, seconds: float) -> None:
    asked = pauses(ModelUnavailableError("away"), attempt)
    assert min(asked) >= seconds * (1 - JITTER)
    assert max(asked) <= seconds * (1 + JITTER)
    assert max(asked) - min(asked) > seconds * JITTER


def test_what_is_not_repeated_asks_for_no_pause() -> None:
    assert set(pauses(ModelRefusedError("no"), attempt=1)) == {-1.0}
    assert set(pauses(ModelUnavailableError("away"), attempt=1, policy=None)) == {-1.0}
