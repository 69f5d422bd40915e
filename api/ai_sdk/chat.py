"""A chat as AI SDK's transports keep it: what they send, turned into what we know."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError

from api import posting, sending
from api.dependencies import Context, Edge
from api.ports import Ports
from api.relaying import Followed
from api.remarking import named_documents
from api.schemas.ai_sdk import ChatRequest, SentMessage
from api.schemas.turns import NewMessage
from api.sending import Sent
from api.verdicts import Given, approval_id, give, unknown_approval
from domain.ports.conversations import Message
from models import ids
from models.errors import InvalidError, NotFoundError
from models.payloads.events import EventId


@dataclass(frozen=True, slots=True)
class Chat:
    """One request to a chat. `fresh` names a message that its client did not name."""

    edge: Edge
    context: Context
    conversation_id: UUID
    body: ChatRequest
    fresh: UUID | None = None

    @property
    def ports(self) -> Ports:
        return self.edge.ports

    @property
    def last(self) -> SentMessage:
        if not self.body.messages:
            raise InvalidError("There is no message to answer.", code="messages_empty")
        return self.body.messages[-1]

    @property
    def decides(self) -> bool:
        """Whether it brings verdicts, and no message."""
        return self.body.trigger == "submit-message" and self._meant.role == "assistant"

    @property
    def _meant(self) -> SentMessage:
        """The message that its client names, also when a newer one stands last."""
        named = [one for one in self.body.messages if one.id == self.body.messageId]
        return named[-1] if named else self.last

    def message_id(self, given: str) -> UUID:
        return ids.chat_message_id(self.conversation_id, given)

    async def submit(self) -> Sent:
        """The last message, or another version of an earlier one."""
        edge, context = self.edge, self.context
        message, edited = self.last, self.body.messageId
        parent, message_id = self.body.parent_id, self.message_id(message.id)
        original = None if edited is None else await self._known(self.message_id(edited))
        if original is not None:
            parent = parent or original.parent_id or "root"
            if original.id == message_id:
                message_id = self.fresh or uuid4()
        new = self._new(
            id=message_id,
            content=_text(message),
            parent_id=parent,
            references=(*self.body.references, *_references(message)),
        )
        return await posting.post_to(edge, context, self.conversation_id, message_id, new)

    async def regenerate(self) -> Sent:
        """Another answer to a question; one that never arrived is asked."""
        question = await self._question()
        if question is None:
            return await self.submit()
        message_id = self.fresh or uuid4()
        place = await sending.stand(self.ports, self.context, self.conversation_id, message_id)
        named = await named_documents(self.ports, self.context, self.conversation_id, question.id)
        again = self._new(id=message_id, content=question.content, references=named)
        return await sending.send(self.edge, self.context, place, again, regenerates=question.id)

    def _new(self, **fields: Any) -> NewMessage:  # noqa: ANN401 - checked by the model
        try:
            return NewMessage(agent=self.body.agent, on_busy=self.body.on_busy, **fields)
        except ValidationError as error:
            what = error.errors(include_url=False, include_context=False, include_input=False)[0]
            raise InvalidError(str(what["msg"]), code="message_invalid") from None

    async def _question(self) -> Message | None:
        given = self.body.messageId
        if given is None:
            return await self._newest_question()
        message_id = self.message_id(given)
        turn = await self.ports.turns.view(self.context.scope, self.conversation_id, message_id)
        return await self._known(message_id if turn is None else turn.message_id)

    async def _newest_question(self) -> Message | None:
        """A client that edited a message keeps the id of its first version."""
        message_id = self.message_id(self.last.id)
        try:
            found = await self.ports.conversations.exchanges(
                self.context.scope, self.conversation_id, limit=1, cursor=None
            )
        except NotFoundError:
            return None
        for exchange in found.items:
            if message_id in exchange.siblings:
                return exchange.asked
        return await self._known(message_id)

    async def _known(self, message_id: UUID) -> Message | None:
        try:
            return await self.ports.conversations.question(
                self.context.scope, self.conversation_id, message_id
            )
        except NotFoundError:
            return None

    async def resolve(self) -> tuple[Followed, EventId]:
        """Give the verdicts that the message brings back; and where its client stands."""
        message = self._meant
        if not _responded(message):
            raise InvalidError(
                "The message is the assistant's, and answers no approval.",
                code="nothing_to_answer",
            )
        turn_id = self.message_id(message.id)
        turn = await self.ports.turns.view(self.context.scope, self.conversation_id, turn_id)
        if turn is None:
            raise NotFoundError("There is no such message.", code="message_not_found")
        seen = _cursor(message, turn.number)
        settled = frozenset(
            [await self._decide(turn_id, message, part) for part in _responded(message)]
        )
        after = EventId(turn.number, 0)
        return Followed(self.conversation_id, turn_id, after, settled=settled), seen

    async def _decide(self, turn_id: UUID, message: SentMessage, part: dict[str, Any]) -> UUID:
        """Which approval it was that this decides."""
        answer = part["approval"]
        found = await self.ports.approvals.get(self.context.scope, approval_id(answer.get("id")))
        if found.turn_id != turn_id:
            raise unknown_approval()
        reason = answer.get("reason")
        note = reason if isinstance(reason, str) else ""
        given = Given(answer["approved"], note, _shown_hash(message, found.id))
        await give(self.ports, self.context, found, given)
        return found.id


def _text(message: SentMessage) -> str:
    if message.role != "user":
        raise InvalidError("The last message is not the user's.", code="message_role_invalid")
    parts = [part.get("text") for part in message.parts if part.get("type") == "text"]
    return "\n".join(part for part in parts if isinstance(part, str))


def _references(message: SentMessage) -> tuple[UUID, ...]:
    """Documents that file parts stand for: InvalidError("file_unsupported") for bytes."""
    return tuple(_document(part) for part in message.parts if part.get("type") == "file")


def _document(part: dict[str, Any]) -> UUID:
    about = part.get("providerMetadata")
    ours = about.get("holdfast") if isinstance(about, dict) else None
    given = ours.get("document_id") if isinstance(ours, dict) else part.get("url")
    try:
        return UUID(str(given).rpartition("/")[2])
    except ValueError:
        raise InvalidError(
            "Files come as documents: upload them to /v1/documents, and send parts whose url is"
            " /v1/documents/{id}.",
            code="file_unsupported",
        ) from None


def _responded(message: SentMessage) -> list[dict[str, Any]]:
    return [
        part
        for part in message.parts
        if part.get("state") == "approval-responded"
        and isinstance(part.get("approval"), dict)
        and isinstance(part["approval"].get("approved"), bool)
    ]


def _shown_hash(message: SentMessage, wanted: UUID) -> str | None:
    """Of the arguments that the card showed."""
    for part in message.parts:
        data = part.get("data") if part.get("type") == "data-approval" else None
        if isinstance(data, dict) and data.get("approval_id") == str(wanted):
            return str(data.get("arguments_hash"))
    return None


def _cursor(message: SentMessage, turn: int) -> EventId:
    """The last event that the client has of the message, as `finish` told it."""
    metadata = message.metadata if isinstance(message.metadata, dict) else {}
    try:
        seen = EventId.parse(str(metadata.get("cursor")))
    except ValueError:
        seen = EventId(0, 0)
    if seen.turn != turn:
        raise InvalidError("The message has lost its metadata.cursor.", code="cursor_invalid")
    return seen
