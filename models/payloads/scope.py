"""Whose data it is: the organisation and the space inside it."""

from uuid import UUID

from models.payloads.base import Payload


class Scope(Payload):
    """Every read, write, key and workflow id is made inside one."""

    organisation_id: UUID
    space_id: UUID


class LogKey(Payload):
    """Names one event log: a conversation's, or that of a run without one."""

    scope: Scope
    conversation_id: UUID


class TurnKey(Payload):
    """Names one turn; activities load everything else by it."""

    scope: Scope
    conversation_id: UUID
    turn_id: UUID
    request_id: str = ""
    """Of the request that sent the message, for log lines. It travels with the turn and not in
    Temporal's headers: a queued message runs in a run that another request started."""

    @property
    def log(self) -> LogKey:
        return LogKey(scope=self.scope, conversation_id=self.conversation_id)
