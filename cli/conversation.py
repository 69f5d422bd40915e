"""A conversation as its user holds it: what to send, and how far the log was read."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from holdfast_client import models
from holdfast_client.client import ApiError, Client, backoff
from holdfast_client.operations import Operations

from cli.stream import follow
from models.payloads.events import START, EventId, LoggedEvent

PAGE = 100
# Of a longer conversation only the newest part is shown; its log has everything.
MOST_PAGES = 20


@dataclass(frozen=True)
class Sent:
    """A message that was taken: which turn answers it, and whether it waits."""

    turn_id: UUID
    status: str
    after: EventId
    """Nothing of the turn comes before this place in the log."""


class Conversation:
    """It is created with its first message; `id` is None until then."""

    def __init__(
        self, client: Client, conversation_id: UUID | None = None, agent: str | None = None
    ) -> None:
        self.id = conversation_id
        self.agent = agent
        self.cursor: EventId = START
        self.asked: UUID | None = None
        """The turn that answers what was sent last."""
        self._client = client
        self._api = Operations(client)
        self._creation = uuid4()

    @property
    def _known(self) -> UUID:
        assert self.id is not None  # noqa: S101 - asked for after the first message alone
        return self.id

    @property
    def path(self) -> str:
        return f"/v1/conversations/{self.id}"

    async def send(self, text: str) -> Sent:
        """Send it once: the message's id makes every repetition the same message."""
        if self.id is None:
            body = {} if self.agent is None else {"agent": self.agent}
            wanted = models.NewConversation.model_validate(body)
            self.id = (await self._api.create_conversation(wanted, key=self._creation)).id
        # What a terminal passes on need not be text: what is not cannot be sent either.
        content = text.encode("utf-8", "replace").decode()
        message: dict[str, object] = {"id": uuid4(), "content": content}
        if self.agent is not None:
            message["agent"] = self.agent
        taken = await self._api.send_message(self._known, models.NewMessage.model_validate(message))
        place = parse_qs(urlsplit(taken.events).query).get("after")
        after = EventId.parse(place[0]) if place else START
        self.asked = taken.turn_id
        return Sent(taken.turn_id, taken.status, after)

    async def events(self, *, until_idle: bool = False) -> AsyncGenerator[LoggedEvent, None]:
        """What comes after what was read: for ever, or until nothing runs."""
        pauses = 0
        while True:
            reading = follow(
                self._client, f"{self.path}/events", after=self.cursor, until_idle=until_idle
            )
            async with aclosing(reading):
                async for event in reading:
                    pauses = 0
                    self.cursor = event.id
                    yield event
            if until_idle:
                return
            # A closed conversation's stream ends: the message that opens it again is on its way.
            pauses += 1
            await asyncio.sleep(backoff(pauses))

    async def stop(self, turn_id: UUID | None = None) -> None:
        """Stop that turn, or whichever runs when none is named; none running is fine."""
        await self._api.stop_conversation(self._known, turn_id=turn_id)

    async def decide(
        self, approval_id: UUID, decision: str, note: str = "", *, shown: str = ""
    ) -> str:
        """Give a verdict on what was shown, by its hash; returns what to tell the user, empty when
        it was taken."""
        said = {"decision": decision, "note": note, "arguments_hash": shown}
        body = {name: value for name, value in said.items() if value}
        try:
            await self._client.post(f"/v1/approvals/{approval_id}", body)
        except ApiError as error:
            if error.status not in (403, 404, 409, 410):
                raise
            return error.detail or error.title
        return ""

    async def messages(self) -> list[models.MessageView]:
        """The active path, oldest first."""
        found: list[models.MessageView] = []
        cursor = None
        for _ in range(MOST_PAGES):
            page = await self._api.list_messages(self._known, limit=PAGE, cursor=cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        return found
