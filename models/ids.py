"""Ids built in one place: opaque parts only, since workflow ids are stored in the clear."""

from uuid import UUID, uuid5

from models.payloads.scope import Scope

# Turns an Idempotency-Key that is no UUID into a message id.
_KEYS = UUID("6f1c1d0e-8a43-5d0b-9f0e-5f2f6d3f9a11")


def turn_workflow_id(scope: Scope, conversation_id: UUID) -> str:
    return f"turn/{scope.organisation_id}/{scope.space_id}/{conversation_id}"


def run_workflow_id(scope: Scope, run_id: UUID) -> str:
    return f"run/{scope.organisation_id}/{scope.space_id}/{run_id}"


def session_workflow_id(scope: Scope, session_id: UUID) -> str:
    """By the session's own id: a conversation may be made again under its old one, and counts its
    sessions anew then."""
    return f"session/{scope.organisation_id}/{scope.space_id}/{session_id}"


def ingestion_workflow_id(scope: Scope, document_id: UUID, version: int = 1) -> str:
    """Each version has its own: a newer one does not wait for the older one's end."""
    first = f"ingestion/{scope.organisation_id}/{scope.space_id}/{document_id}"
    return first if version == 1 else f"{first}/{version}"


def reembedding_workflow_id(scope: Scope, model: str) -> str:
    return f"reembedding/{scope.organisation_id}/{scope.space_id}/{model}"


def approval_workflow_id(scope: Scope, approval_id: UUID) -> str:
    return f"approval/{scope.organisation_id}/{scope.space_id}/{approval_id}"


def slack_answer_workflow_id(scope: Scope, turn: UUID) -> str:
    return f"slack-answer/{scope.organisation_id}/{scope.space_id}/{turn}"


def turn_id(conversation_id: UUID, message_id: UUID) -> UUID:
    """The turn that a message starts: the same for every copy of the message."""
    return uuid5(conversation_id, str(message_id))


def message_id_from_key(key: str) -> UUID:
    """The message id that an Idempotency-Key stands for: itself when it is a UUID."""
    try:
        return UUID(key)
    except ValueError:
        return uuid5(_KEYS, key)


def chat_id(space_id: UUID, given: str) -> UUID:
    """The conversation that a client's own chat id stands for: itself when it is a UUID."""
    return _id_of(space_id, "chat", given)


def chat_message_id(conversation_id: UUID, given: str) -> UUID:
    """The message that a client's own id stands for."""
    return _id_of(conversation_id, "message", given)


def _id_of(within: UUID, what: str, given: str) -> UUID:
    try:
        found = UUID(given)
    except ValueError:
        found = None
    # UUID() also reads braces, URNs and bare digits: those are some client's own.
    if found is not None and str(found) == given.lower():
        return found
    return uuid5(within, f"{what}:{given}")


def slack_conversation_id(space_id: UUID, team: str, channel: str, thread: str) -> UUID:
    """The conversation that a thread is: one in each space that people speak from."""
    return uuid5(space_id, f"slack:{team}:{channel}:{thread}")


def slack_message_id(conversation_id: UUID, timestamp: str) -> UUID:
    """Slack's repeats of a message find the same one."""
    return uuid5(conversation_id, f"slack:{timestamp}")


def conversation_id_for(space_id: UUID, message_id: UUID) -> UUID:
    """The conversation that a first message creates: copies of the message find the same one."""
    return uuid5(space_id, str(message_id))


def copied_message_id(fork: UUID, original: UUID) -> UUID:
    """A user's message in a fork: the same for every try to copy it."""
    return uuid5(fork, f"copy:{original}")


def fork_id(conversation_id: UUID, key: str) -> UUID:
    """The fork that a key stands for: copies of the request find the same one."""
    return uuid5(conversation_id, f"fork:{key}")


def answer_id(turn: UUID, step: int) -> UUID:
    """The assistant's message of a step: a retried step writes the same row."""
    return uuid5(turn, f"step:{step}")


def call_id(turn: UUID, step: int, index: int) -> str:
    """A tool call's id, made by us because a model may repeat its own."""
    return f"call_{uuid5(turn, f'call:{step}:{index}').hex}"


def approval_id(turn: UUID, call: str) -> UUID:
    return uuid5(turn, f"approval:{call}")


def child_run_id(turn: UUID, call: str) -> UUID:
    """The run of the agent that a call starts: the same in every attempt."""
    return uuid5(turn, f"child:{call}")


def share_id(conversation_id: UUID, key: str) -> UUID:
    """Of the link that an Idempotency-Key stands for."""
    return uuid5(conversation_id, f"share:{key}")


def feedback_id(message_id: UUID, user_id: UUID) -> UUID:
    """One person's opinion of one answer."""
    return uuid5(message_id, f"feedback:{user_id}")


def idempotency_key(space_id: UUID, turn: UUID, call: str) -> UUID:
    """What a tool's side effect is known by outside: one per call, whatever the attempt. The
    space is in it, since outside systems tell our tenants apart by nothing else."""
    return uuid5(space_id, f"effect:{turn}:{call}")
