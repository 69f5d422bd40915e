"""What a routing step reads beside the agents."""

from typing import Protocol

from models.payloads.scope import TurnKey
from models.payloads.turn import IncomingMessage


class MessageTexts(Protocol):
    async def text(self, turn: TurnKey, message: IncomingMessage) -> str:
        """Of a message that is too long to travel; empty when it is nowhere."""
