"""A conversation on its way out, part by part."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import BaseModel

from api.admission import Context
from api.ports import Ports
from api.remarking import remarked
from domain import export
from domain.ports.conversations import Conversation, Page
from domain.ports.export import ExportedMessage
from domain.ports.inspection import TurnItem

# Turns of one look.
_TURNS: Final = 100
_NAME: Final = 80
"""Characters of a file's name."""


def file_name(conversation: Conversation, ending: str) -> str:
    title = " ".join((conversation.title or "conversation").split())
    kept = "".join(sign for sign in title if sign.isprintable() and sign not in '/\\:*?"<>|')
    return f"{kept[:_NAME].strip(' .') or 'conversation'}.{ending}"


async def markdown(
    the: Ports, context: Context, conversation: Conversation
) -> AsyncIterator[bytes]:
    """The active path."""
    yield export.head(conversation, datetime.now(UTC)).encode()
    async for part in the.exports.path(context.scope, conversation.id):
        yield "".join(export.section(one) for one in part).encode()


async def document(
    the: Ports, context: Context, conversation: Conversation
) -> AsyncIterator[bytes]:
    """The whole tree, as one JSON object."""
    leaf = await the.exports.leaf(context.scope, conversation.id)
    head = {
        "version": 1,
        "exported_at": datetime.now(UTC),
        "conversation": asdict(conversation),
        "active_leaf": leaf,
    }
    yield _json(head)[:-1] + b',"messages":['
    comma = b""
    async for part in the.exports.tree(context.scope, conversation.id):
        yield comma + await _messages(the, context, conversation, part)
        comma = b","
    yield b'],"turns":['
    comma, cursor = b"", None
    while True:
        page = await the.inspection.turns(
            context.scope, conversation.id, limit=_TURNS, cursor=cursor
        )
        if page.items:
            yield comma + b",".join(_json(_turn(item)) for item in page.items)
            comma = b","
        if (cursor := page.next_cursor) is None:
            break
    yield b"]}"


async def _messages(
    the: Ports, context: Context, conversation: Conversation, part: Sequence[ExportedMessage]
) -> bytes:
    page = await remarked(the, context, conversation.id, Page([one.message for one in part], None))
    found = []
    for one, message in zip(part, page.items, strict=True):
        said = {**asdict(message), "sources": list(message.sources), "step": one.step}
        del said["siblings"]
        found.append(_json({**said, "calls": [asdict(call) for call in one.calls]}))
    return b",".join(found)


def _turn(item: TurnItem) -> dict[str, Any]:
    turn = asdict(item.turn)
    del turn["answer"]
    return {**turn, "agent_version": item.agent_version, "user_id": item.user_id}


def _json(value: object) -> bytes:
    return orjson.dumps(value, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Decimal | UUID):  # the driver's ids are of a class of their own
        return str(value)
    raise TypeError(type(value).__name__)
