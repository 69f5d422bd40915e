"""Documents that a message names."""

from uuid import UUID

from api.dependencies import Context
from api.ports import Ports
from api.schemas.turns import NewMessage
from models.errors import InvalidError


async def check_references(
    ports: Ports, context: Context, conversation_id: UUID, message_id: UUID, body: NewMessage
) -> None:
    """InvalidError("reference_unknown") for what is no document of the space, but not to a copy
    of a message that has its turn: its document may have gone since."""
    if not body.references:
        return
    known = await ports.documents.known(context.scope, body.references)
    unknown = next((one for one in body.references if one not in known), None)
    if unknown is None:
        return
    if await ports.turns.receipt(context.scope, conversation_id, message_id) is None:
        raise InvalidError(f"There is no document {unknown}.", code="reference_unknown")
