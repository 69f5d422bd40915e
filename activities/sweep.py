"""Deliver verdicts whose runs did not hear of them."""

import random

import structlog

from activities.rounds import rounds
from domain.ports.approvals import Approvals, Delivery
from domain.ports.engine import Engine
from domain.ports.notifying import Announcements

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


async def announce_approvals(
    announcements: Announcements,
    engine: Engine,
    *,
    everywhere: bool,
    interval_s: float = INTERVAL_S,
) -> None:
    """Start telling people where whoever asked died before it did; wake what has not heard that
    an approval ended otherwise than by a verdict. Runs until cancelled."""

    async def once() -> None:
        for scope, approval_id in await announcements.missed(BATCH, everywhere=everywhere):
            try:
                await engine.start_approval(scope, approval_id, due=True)
                await announcements.woken(scope, approval_id)
            except Exception:  # noqa: BLE001 -- as above
                _log.warning("approval_not_told", approval_id=str(approval_id), exc_info=True)

    await rounds(once, "approvals_not_read", interval_s)
