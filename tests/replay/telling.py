"""The shapes of telling people of an approval."""

from uuid import UUID

from temporalio.client import WorkflowHandle

from adapters.store.session import Session
from domain.ports.approvals import Approval, Decision
from models import ids
from tests.turns.lab import Lab
from tests.turns.shapes import PUBLISH, TOOLED
from tests.waiting import until

_REMIND = """
UPDATE approval SET remind_at = now() + interval '200 milliseconds'
WHERE space_id = $1 AND id = $2
"""


async def told(here: Lab) -> str:
    """Asked, and told of the verdict."""
    approval_id = await _asked(here)
    await here.engine.start_approval(here.scope, approval_id, due=True)
    await until(lambda: _waits(here, approval_id))
    return await _decided(here, approval_id)


async def reminded(here: Lab) -> str:
    """A timer of its own fires before anybody decides."""
    approval_id = await _asked(here)

    async def soon(session: Session) -> None:
        await session.fetch(_REMIND, here.scope.space_id, approval_id)

    await here.database.run(here.scope, soon)
    await here.engine.start_approval(here.scope, approval_id, due=True)

    async def done() -> bool:
        return (await _standing(here, approval_id)).reminded_at is not None

    await until(done)
    return await _decided(here, approval_id)


async def _asked(here: Lab) -> UUID:
    result = await here.send(PUBLISH, agent=TOOLED)
    return await here.requested(result.turn_id)


async def _standing(here: Lab, approval_id: UUID) -> Approval:
    return await here.approvals.get(here.scope, approval_id)


def _workflow(here: Lab, approval_id: UUID) -> WorkflowHandle[object, object]:
    return here.client.get_workflow_handle(ids.approval_workflow_id(here.scope, approval_id))


async def _waits(here: Lab, approval_id: UUID) -> bool:
    """Its first look is over."""
    history = await _workflow(here, approval_id).fetch_history()
    return any(event.HasField("timer_started_event_attributes") for event in history.events)


async def _decided(here: Lab, approval_id: UUID) -> str:
    await here.decide(approval_id, Decision.APPROVE)
    await here.idle()
    await _workflow(here, approval_id).result()
    return ids.approval_workflow_id(here.scope, approval_id)
