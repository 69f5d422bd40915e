"""Which of an agent's two models is asked, attempt by attempt (decision 46)."""

from dataclasses import dataclass
from typing import Final

from models.errors import ModelError, ModelQuietError
from models.payloads.agent import Agent

# Of the agent's own model, at 0, 0.2 and 0.6 s: what is over within a second is no reason for
# another voice, and a reader has waited for little more when the fallback is asked.
OWN_ATTEMPTS: Final = 3
# Seconds that a provider may ask for. A longer wait is longer than those attempts take together.
LONGEST_WAIT: Final = 2.0
# No other try mends them, and another model of the provider may well answer.
_OF_ONE_MODEL: Final = frozenset({"model_not_found", "model_quota_exhausted", "model_empty"})


@dataclass(frozen=True, slots=True)
class Models:
    """By the provider's names."""

    own: str
    fallback: str | None = None

    @classmethod
    def of(cls, agent: Agent, name: str, fallback: str | None) -> "Models":
        """The agent's; `name` and `fallback` are the deployment's, for what it leaves open. A
        fallback that is the model itself is none."""
        own = agent.model or name
        second = agent.fallback_model or fallback or own
        return cls(own, None if second == own else second)

    def first(self, attempt: int, before: str) -> str:
        """Whom an attempt asks first; `before` is who was asked last in the one before it."""
        if self.fallback is None:
            return self.own
        turned = before == self.fallback or attempt > OWN_ATTEMPTS
        return self.fallback if turned else self.own

    def other(self, asked: str, error: ModelError, attempt: int) -> str | None:
        """Whom the same attempt asks after this error; None when nobody."""
        if self.fallback is None:
            return None
        if asked == self.own:
            return self.fallback if _leaves(error, attempt) else None
        # What the fallback refuses, the agent's own model may still take.
        return None if error.retryable else self.own


def _leaves(error: ModelError, attempt: int) -> bool:
    """Whether the model is given up for its fallback."""
    if not error.retryable:
        return error.code in _OF_ONE_MODEL
    if isinstance(error, ModelQuietError) or (error.retry_after or 0) > LONGEST_WAIT:
        return True
    return attempt >= OWN_ATTEMPTS


def left_of(first: ModelError, second: ModelError) -> ModelError:
    """What an attempt ends with in which both models failed: what another attempt may mend, else
    what was wrong with the one that was to answer."""
    return second if second.retryable else first
