"""What crosses Temporal while one agent works for another."""

from models.payloads.base import Payload
from models.payloads.scope import TurnKey
from models.payloads.turn import CallStatus, IncomingMessage, SettleRequest, Spent


class OpenRequest(Payload):
    """Take the call that starts an agent, and make its run's place."""

    settle: SettleRequest
    """Its call names the child."""
    parent: IncomingMessage
    """Whose turn it is; the child's message is in this person's name. Its text is left out."""

    @property
    def turn(self) -> TurnKey:
        return self.settle.turn


class OpenReply(Payload):
    status: CallStatus
    message: IncomingMessage | None = None
    """The child's; None when it does not run."""


class FollowRequest(Payload):
    """Show the child's progress in its caller's log until its turn ends, then end the call."""

    settle: SettleRequest
    stopping: bool = False
    """All is to end: what is left is to see the child's end, and not for long."""
    over: bool = False
    """The child's run has ended: its log only needs to be read."""

    @property
    def turn(self) -> TurnKey:
        return self.settle.turn


class FollowReply(Payload):
    status: CallStatus
    """PENDING when nobody watches any more: the child waits for a person, or too many are watched
    already."""
    spent: Spent = Spent()
    """By the child alone, as its rows say; a run that ended says it for its children too."""
