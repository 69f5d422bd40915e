"""The durable engine, as those who start and signal workflows see it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.ports.approvals import Delivery
from domain.ports.conversations import ConversationKind
from models.payloads.ingestion import IngestionStart, ReembeddingStart
from models.payloads.scope import LogKey, Scope
from models.payloads.session import SessionStart
from models.payloads.slack import SlackAnswer
from models.payloads.turn import QueuedMessage, RunStart, SendResult, TurnStart, Withdrawal


class Engine(Protocol):
    """Every call has a time limit; UnavailableError("engine_unavailable") when Temporal is away."""

    async def send(self, start: TurnStart) -> SendResult:
        """Deliver `start.messages[0]`: to the open run by update, or by starting one. When no
        worker answers in time it is sent durably by signal and the status is ACCEPTED.
        ConflictError("conversation_busy") for `reject`; LimitError("queue_full");
        UnavailableError("no_worker") for `reject` with no worker up."""

    async def start_run(self, start: RunStart) -> None:
        """Start an agent run; a run that was started before is fine."""

    async def stop(self, log: LogKey, kind: ConversationKind, turn_id: UUID | None) -> None:
        """Ask the run to stop that turn (None: whichever runs). No run is fine."""

    async def queued(self, log: LogKey) -> Sequence[QueuedMessage]:
        """What waits behind the conversation's running turn, the next one first; nothing when no
        run is open. UnavailableError("no_worker") when no worker is up to tell."""

    async def withdraw(self, log: LogKey, wish: Withdrawal) -> None:
        """Take back a message that waits: its turn ends as withdrawn, having done nothing. Once
        more is fine while the run is open. ConflictError("already_started") when it does not
        wait; AccessError("not_the_sender"); UnavailableError("no_worker")."""

    async def decided(self, delivery: Delivery) -> None:
        """Wake the run that waits for this approval, and what tells people of it. A run that is
        gone is fine."""

    async def start_approval(self, scope: Scope, approval_id: UUID, *, due: bool) -> None:
        """Have people told of it, or told again when it has changed; one that is told of is fine.
        Without a reminder or an escalation that is `due` some time, nothing starts where this
        deployment has nobody to notify."""

    async def start_slack_answer(self, answer: SlackAnswer) -> None:
        """Have a turn's answer written into its thread; once."""

    async def start_session(self, start: SessionStart) -> None:
        """Start the session's workflow with its idle window as delay; once."""

    async def close_session(self, start: SessionStart) -> None:
        """Wake the session's workflow now, to end it."""

    async def start_ingestion(self, start: IngestionStart) -> None:
        """Start taking a document in; a second call for the same document while it runs is fine."""

    async def is_open(self, log: LogKey, kind: ConversationKind) -> bool:
        """A run of this conversation is open: something runs or is queued."""

    async def terminate(self, log: LogKey, kind: ConversationKind) -> None:
        """End the open run at once, after its rows were erased. No run is fine."""


class Reembeddings(Protocol):
    """What the worker's sweep asks of the engine."""

    async def start_reembedding(self, start: ReembeddingStart) -> None:
        """Start it after everything else in the queue; one that runs already is fine."""
