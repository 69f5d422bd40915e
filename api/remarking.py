"""Histories with what stands beside their messages."""

from dataclasses import replace
from uuid import UUID

from api.admission import Context
from api.ports import Ports
from domain.ports.conversations import Exchange, Message, Page
from domain.ports.remarks import Remarks


async def remarked(
    ports: Ports, context: Context, conversation_id: UUID, page: Page[Message]
) -> Page[Message]:
    found = await ports.remarks.of(
        *(context.scope, conversation_id, [message.id for message in page.items]),
        user_id=context.caller.user_id,
    )
    return Page([_with(message, found.get(message.id)) for message in page.items], page.next_cursor)


async def exchanges_remarked(
    ports: Ports, context: Context, conversation_id: UUID, page: Page[Exchange]
) -> Page[Exchange]:
    """The question's documents, and what was said of the turn's last message."""
    ids = [one.asked.id for one in page.items]
    ids += [one.turn.answer.id for one in page.items if one.turn.answer is not None]
    ids += [message.id for one in page.items for message in one.steered]
    found = await ports.remarks.of(
        context.scope, conversation_id, ids, user_id=context.caller.user_id
    )
    items = []
    for one in page.items:
        turn, answer = one.turn, one.turn.answer
        if answer is not None:
            turn = replace(turn, answer=_with(answer, found.get(answer.id)))
        steered = tuple(_with(message, found.get(message.id)) for message in one.steered)
        asked = _with(one.asked, found.get(one.asked.id))
        items.append(replace(one, asked=asked, turn=turn, steered=steered))
    return Page(items, page.next_cursor)


async def named_documents(
    ports: Ports, context: Context, conversation_id: UUID, message_id: UUID
) -> tuple[UUID, ...]:
    """That the message names: an answer that is given again reads them again. Those that have
    been deleted too: copies of a request must say the same."""
    found = await ports.remarks.of(
        context.scope, conversation_id, [message_id], user_id=context.caller.user_id
    )
    remarks = found.get(message_id)
    return () if remarks is None else tuple(one.document_id for one in remarks.attachments)


def _with(message: Message, remarks: Remarks | None) -> Message:
    if remarks is None:
        return message
    return replace(message, attachments=remarks.attachments, feedback=remarks.feedback)
