"""Names as OpenAI's clients see them, from which ours are read back: nothing is looked up."""

from typing import Final
from uuid import UUID

_RESPONSE: Final = "resp_"
_CONVERSATION: Final = "conv_"
_APPROVAL: Final = "mcpr_"
_HEX: Final = 32


def response_id(conversation_id: UUID, turn_id: UUID) -> str:
    """Of the turn: the same for every way to ask for it."""
    return f"{_RESPONSE}{conversation_id.hex}{turn_id.hex}"


def turn_of(response: str) -> tuple[UUID, UUID] | None:
    """Conversation and turn of a response's id; None for what is none."""
    rest = response.removeprefix(_RESPONSE)
    if rest == response or len(rest) != 2 * _HEX:
        return None
    conversation, turn = _uuid(rest[:_HEX]), _uuid(rest[_HEX:])
    return None if conversation is None or turn is None else (conversation, turn)


def conversation_name(conversation_id: UUID) -> str:
    return f"{_CONVERSATION}{conversation_id.hex}"


def conversation_of(name: str) -> UUID | None:
    """Of `conv_…`; a conversation's id as we write it is as good."""
    return _uuid(name.removeprefix(_CONVERSATION))


def approval_name(approval_id: UUID) -> str:
    return f"{_APPROVAL}{approval_id.hex}"


def approval_of(name: str) -> UUID | None:
    rest = name.removeprefix(_APPROVAL)
    return None if rest == name else _uuid(rest)


def completion_id(turn_id: UUID) -> str:
    return f"chatcmpl-{turn_id.hex}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) in {_HEX, _HEX + 4} else None
    except ValueError:
        return None
