"""Deliver verdicts whose runs did not hear of them."""

import asyncio
import random

import structlog

from domain.ports.approvals import Approvals
from domain.ports.engine import Engine
from models.errors import AppError

# A person waits, so it is soon; the usual verdict needs no sweep, so it is rare.
INTERVAL_S = 10.0
# More than this undelivered is an outage: the next round takes the rest.
BATCH = 100

_log = structlog.get_logger(__name__)


async def deliver_verdicts(approvals: Approvals, engine: Engine) -> None:
    """Signal again for what was decided and not acted upon; runs until cancelled. Signals are
    wake-ups only, so that several workers may sweep at once."""
    while True:
        await asyncio.sleep(INTERVAL_S * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter, not a secret
        try:
            for delivery in await approvals.undelivered(BATCH):
                await engine.decided(delivery)
        except AppError as error:
            _log.warning("verdicts_not_delivered", code=error.code)
