"""People who decide in Slack: their verdicts reach the store as Slack's buttons bring them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from adapters.engine.temporal import TemporalEngine
from adapters.store.approvals import PostgresApprovals
from adapters.store.audit import PostgresAudit
from adapters.store.database import Database
from domain.ports.approvals import Decision, Judgement, Via
from local.temporal import NAMESPACE
from models.errors import AppError, UnavailableError
from models.payloads.scope import Scope
from models.states import Role
from tests.chaos.faults.inbox import Answer
from tests.chaos.site import DATABASE_VARIABLE, Site
from tests.chaos.violation import Violation


class Office:
    """What Slack's callbacks do once they are checked: the store's verdict, then a signal."""

    def __init__(self, database: Database, engine: TemporalEngine, scope: Scope) -> None:
        self._approvals = PostgresApprovals(database)
        self._audit = PostgresAudit(database)
        self._engine = engine
        self._scope = scope

    async def judge(self, approval_id: UUID, judgement: Judgement) -> Answer:
        try:
            _, delivery = await self._approvals.decide(self._scope, approval_id, judgement)
        except AppError as error:
            return Answer(error.status, error.code, {})
        with suppress(UnavailableError):  # the sweep brings it
            await self._engine.decided(delivery)
        return Answer(200, "", {})

    async def broken_trail(self) -> list[Violation]:
        """The space's whole audit trail, after all that was done to it."""
        return [
            Violation("row 14", f"audit entry {found.sequence}", found.why)
            for found in await self._audit.verify(self._scope)
        ]


class Colleague:
    """An approver in Slack; speaks like `Person`."""

    def __init__(self, office: Office) -> None:
        self.user = uuid4()
        self._office = office

    async def decide(self, approval_id: UUID, decision: str) -> Answer:
        said = Decision(decision)
        note = f"{decision}, says {self.user}"
        judgement = Judgement(said, self.user, Role.APPROVER, Via.SLACK, note)
        return await self._office.judge(approval_id, judgement)

    async def leave(self, approval_id: UUID, decision: str, after: float) -> None:
        """Slack's callback is acknowledged whatever comes of it: nobody hangs up."""
        await self.decide(approval_id, decision)

    async def close(self) -> None:
        return


@asynccontextmanager
async def office(site: Site) -> AsyncIterator[Office]:
    database = Database(site.environment("edge")[DATABASE_VARIABLE])
    client = await Client.connect(
        site.temporal_address, namespace=NAMESPACE, data_converter=pydantic_data_converter
    )
    scope = Scope(organisation_id=site.organisation_id, space_id=site.space_id)
    try:
        yield Office(database, TemporalEngine(client), scope)
    finally:
        await database.close()
