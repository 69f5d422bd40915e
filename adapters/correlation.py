"""Put a turn's ids into every log line that its activities write, and one line for each of them."""

import logging
import time
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

_log = structlog.get_logger(__name__)


class CorrelationInterceptor(Interceptor):
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the SDK's name
        return _Correlated(next)


class _Correlated(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's
        info = activity.info()
        fields = {
            "workflow_id": info.workflow_id,
            "run_id": info.workflow_run_id,
            "activity": info.activity_type,
            "attempt": info.attempt,
        }
        turn = getattr(input.args[0], "turn", None) if input.args else None
        if turn is not None:
            fields |= {"turn_id": str(turn.turn_id), "request_id": turn.request_id}
        with bound_contextvars(**fields):
            return await self._told(input)

    async def _told(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's
        """One line at the end, which says how it ended."""
        began = time.monotonic()
        try:
            result = await self.next.execute_activity(input)
        except ApplicationError as error:
            _log.warning("activity.failed", code=error.type, reason=error.message, ms=_since(began))
            raise
        _log.info("activity.done", ms=_since(began))
        return result


class WithoutRepeats(logging.Filter):
    """Drops the SDK's own report of a failed activity, with its traceback: `activity.failed` has
    said it in one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Completing activity as failed")


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1_000)
