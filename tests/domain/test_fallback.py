"""Which model is asked: the agent's own, its fallback, or nobody any more."""

import pytest

from domain.fallback import LONGEST_WAIT, OWN_ATTEMPTS, Models, left_of
from models.errors import (
    ContextTooLongError,
    ModelError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelQuietError,
    ModelRefusedError,
    ModelUnavailableError,
)
from models.payloads.agent import Agent

BOTH = Models("own", "second")
AWAY = ModelUnavailableError("away")
UNKNOWN = ModelRefusedError("no such model", code="model_not_found")


def an_agent(model: str | None, fallback: str | None) -> Agent:
    return Agent(name="a", model=model, fallback_model=fallback)


@pytest.mark.parametrize(
    ("agent", "deployment", "models"),
    [
        (an_agent(None, None), None, Models("default")),
        (an_agent(None, None), "", Models("default")),
        (an_agent("own", None), "spare", Models("own", "spare")),
        (an_agent("own", "second"), "spare", Models("own", "second")),
        (an_agent(None, "second"), None, Models("default", "second")),
        # A fallback that is the model itself mends nothing.
        (an_agent("own", "own"), "spare", Models("own")),
        (an_agent(None, "default"), None, Models("default")),
        (an_agent("spare", None), "spare", Models("spare")),
    ],
)
def test_what_an_agent_leaves_open_is_the_deployments(
    agent: Agent, deployment: str | None, models: Models
) -> None:
    assert Models.of(agent, "default", deployment) == models


@pytest.mark.parametrize(
    "error",
    [
        UNKNOWN,
        ModelRefusedError("quota", code="model_quota_exhausted"),
        ModelGarbledError("nothing", code="model_empty", retryable=False),
        ModelQuietError("hangs"),
        ModelOverloadedError("busy", retry_after=LONGEST_WAIT + 1),
    ],
)
def test_what_no_other_try_mends_goes_to_the_fallback_at_once(error: ModelError) -> None:
    assert BOTH.other("own", error, attempt=1) == "second"


@pytest.mark.parametrize(
    "error",
    [
        AWAY,
        ModelOverloadedError("busy"),
        ModelOverloadedError("busy", retry_after=LONGEST_WAIT),
        ModelGarbledError("cut"),
    ],
)
def test_what_another_try_may_mend_gets_it(error: ModelError) -> None:
    asked = [BOTH.other("own", error, attempt) for attempt in range(1, OWN_ATTEMPTS + 1)]
    assert asked == [None] * (OWN_ATTEMPTS - 1) + ["second"]


@pytest.mark.parametrize(
    "error",
    [
        ContextTooLongError("long"),
        ModelRefusedError("wrong"),
        ModelRefusedError("key", code="model_key_rejected"),
        ModelRefusedError("filtered", code="model_content_filtered"),
        ModelGarbledError("cut", code="model_call_cut", retryable=False),
        ModelGarbledError("endless", code="model_answer_too_long", retryable=False),
    ],
)
def test_what_the_fallback_would_meet_as_well_is_the_end(error: ModelError) -> None:
    assert BOTH.other("own", error, attempt=OWN_ATTEMPTS) is None


def test_attempts_behind_the_models_own_begin_with_the_fallback() -> None:
    first = [BOTH.first(attempt, before="own") for attempt in range(1, OWN_ATTEMPTS + 2)]
    assert first == ["own"] * OWN_ATTEMPTS + ["second"]


def test_whoever_has_turned_to_the_fallback_stays_with_it() -> None:
    assert BOTH.first(2, before="second") == "second"


def test_what_the_fallback_refuses_goes_back_to_the_model() -> None:
    assert BOTH.other("second", UNKNOWN, attempt=OWN_ATTEMPTS + 1) == "own"
    assert BOTH.other("second", ContextTooLongError("long"), attempt=1) == "own"
    assert BOTH.other("second", AWAY, attempt=OWN_ATTEMPTS + 1) is None


def test_without_a_fallback_nobody_else_is_asked() -> None:
    alone = Models("own")
    assert alone.other("own", UNKNOWN, attempt=1) is None
    assert alone.first(OWN_ATTEMPTS + 1, before="own") == "own"


def test_an_attempt_in_which_both_failed_ends_with_what_may_mend() -> None:
    quota = ModelRefusedError("quota", code="model_quota_exhausted")
    assert left_of(AWAY, UNKNOWN) is AWAY
    assert left_of(UNKNOWN, AWAY) is AWAY
    assert left_of(quota, UNKNOWN) is quota
