"""A model's whole answer, where nobody watches it come."""

from contextlib import aclosing

from domain.ports.model import ChatModel
from models.errors import ModelGarbledError
from models.payloads.chat import ChatRequest, Reply


async def whole(model: ChatModel, request: ChatRequest) -> Reply:
    """Ask once. ModelError."""
    async with aclosing(model.stream(request)) as parts:
        async for part in parts:
            if isinstance(part, Reply):
                return part
    raise ModelGarbledError("The model's stream ended before its answer did.")
