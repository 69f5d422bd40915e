"""A conversation's workflow that does nothing but write down which messages reached it."""

import asyncio
from datetime import timedelta
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models import names
    from models.payloads.turn import IncomingMessage, SendResult, SendStatus, TurnStart


@workflow.defn(name=names.TURN_WORKFLOW)
class RecordingWorkflow:
    """Its result names every message that reached the run, in order, each once."""

    @workflow.init
    def __init__(self, start: TurnStart) -> None:
        self._seen: dict[UUID, IncomingMessage] = {}
        self._stopped: list[UUID | None] = []
        self._take(start.messages[0])

    @workflow.run
    async def run(self, start: TurnStart) -> list[str]:
        if start.messages[0].content == "wait":
            await workflow.wait_condition(lambda: bool(self._stopped))
        else:
            await asyncio.sleep(timedelta(milliseconds=5).total_seconds())
        await workflow.wait_condition(workflow.all_handlers_finished)
        return [str(message) for message in self._seen]

    @workflow.update(name=names.SEND_UPDATE)
    async def send(self, message: IncomingMessage) -> SendResult:
        if message.content == "refused":
            raise ApplicationError("There are 16 already.", type="queue_full")
        if message.content == "broken":
            raise ApplicationError("What.", type="SomeBug")
        first = message.message_id == next(iter(self._seen))
        self._take(message)
        status = SendStatus.STARTED if first else SendStatus.QUEUED
        return SendResult(turn_id=message.turn_id, status=status)

    @workflow.signal(name=names.SEND_SIGNAL)
    def deliver(self, message: IncomingMessage) -> None:
        self._take(message)

    @workflow.signal(name=names.STOP_SIGNAL)
    def stop(self, turn_id: UUID | None) -> None:
        self._stopped.append(turn_id)

    @workflow.signal(name=names.DECIDED_SIGNAL)
    def decided(self, approval_id: UUID) -> None:
        self._stopped.append(approval_id)

    @workflow.query
    def seen(self) -> list[str]:
        return [str(message) for message in self._seen]

    def _take(self, message: IncomingMessage) -> None:
        self._seen.setdefault(message.message_id, message)
