"""The client's stream, as the events that the command line shows."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from holdfast_client import stream
from holdfast_client.client import Client
from pydantic import ValidationError

from domain.wire import decode
from models.payloads.events import START, EventId, LoggedEvent


async def follow(
    client: Client,
    path: str,
    *,
    after: EventId = START,
    until_idle: bool = False,
    silence: float = stream.SILENCE,
) -> AsyncGenerator[LoggedEvent, None]:
    """Each event after the id once, in order; without those of kinds that a later version added."""
    place = stream.Cursor(*after)
    following = stream.follow(client, path, after=place, until_idle=until_idle, silence=silence)
    async with aclosing(following):
        async for received in following:
            with suppress(ValidationError):
                yield decode(received.data)
