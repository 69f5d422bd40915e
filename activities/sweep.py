"""Deliver verdicts whose runs did not hear of them."""

import random

import structlog

from activities.rounds import rounds
from domain.ports.approvals import Approvals, Delivery
from domain.ports.engine import Engine

# A person waits, so it is soon; the usual verdict needs no sweep, so it is rare.
INTERVAL_S = 10.0
# More than this undelivered is an outage: the next round takes the rest.
BATCH = 100

_log = structlog.get_logger(__name__)


async def deliver_verdicts(
    approvals: Approvals, engine: Engine, *, interval_s: float = INTERVAL_S
) -> None:
    """Signal again for what was decided and not acted upon; runs until cancelled. Signals are
    wake-ups only, so that several workers may sweep at once."""

    async def once() -> None:
        deliveries = list(await approvals.undelivered(BATCH))
        # In any order: those of runs that are gone must not keep others back for ever.
        random.shuffle(deliveries)
        for delivery in deliveries:
            await _deliver(engine, delivery)

    await rounds(once, "verdicts_not_read", interval_s)


async def _deliver(engine: Engine, delivery: Delivery) -> None:
    try:
        await engine.decided(delivery)
    except Exception:  # noqa: BLE001 -- one that fails must not end the sweep of the others
        _log.warning("verdict_not_delivered", approval_id=str(delivery.approval_id), exc_info=True)
