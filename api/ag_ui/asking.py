"""A run as AG-UI's agents ask for it, turned into what we know."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
from pydantic import ValidationError

from api import posting
from api.dependencies import Context, Edge
from api.dialects.ag_ui import PROTOCOL, Encoder, Run
from api.dialects.ag_ui_state import OURS
from api.ports import Ports
from api.relaying import Followed
from api.schemas.ag_ui import Resume, RunAgentInput
from api.schemas.turns import NewMessage
from api.verdicts import Given, approval_id, give, unknown_approval
from models import ids
from models.errors import InvalidError, NotFoundError
from models.payloads.events import START, EventId

# Turns that a client is shown which comes in the midst of one.
_TURNS: Final = 50


@dataclass(frozen=True, slots=True)
class Asking:
    """One request for a run in a thread."""

    edge: Edge
    context: Context
    agent: str
    body: RunAgentInput

    @property
    def conversation_id(self) -> UUID:
        return ids.chat_id(self.context.scope.space_id, self.body.threadId)

    def run(self) -> Run:
        body = self.body
        sent = {"tools": body.tools, "context": body.context}
        return Run(
            thread_id=body.threadId,
            run_id=body.runId,
            messages=[one for one in body.messages if one.get("role") != "activity"],
            state=body.state if isinstance(body.state, dict) else {},
            current=body.protocolVersion == PROTOCOL,
            ignored=tuple(name for name, value in sent.items() if value),
        )

    async def begin(self) -> tuple[Followed, EventId]:
        """The turn that this run shows, and how much of it the client has."""
        _check(self.body)
        answers = [*self.body.resume, *_command(self.body.forwardedProps)]
        if answers:
            return await self._go_on(answers)
        return await self._send(), START

    async def _send(self) -> Followed:
        edge, context, conversation_id = self.edge, self.context, self.conversation_id
        message = _last(self.body.messages)
        message_id = ids.chat_message_id(conversation_id, str(message.get("id") or uuid4()))
        new = _new(message_id, _text(message), self.agent)
        sent = await posting.post_to(edge, context, conversation_id, message_id, new)
        return Followed(conversation_id, sent.result.turn_id, sent.after)

    async def _go_on(self, answers: list[Resume]) -> tuple[Followed, EventId]:
        """Give the verdicts; the rest of the turn is what this run shows."""
        the, scope = self.edge.ports, self.context.scope
        asked = [await the.approvals.get(scope, approval_id(one.interruptId)) for one in answers]
        turns = {one.turn_id for one in asked if one.conversation_id == self.conversation_id}
        turn_id = next(iter(turns), None)
        if turn_id is None or len(turns) > 1 or len({one.turn_id for one in asked}) > 1:
            raise unknown_approval()
        turn = await the.turns.view(scope, self.conversation_id, turn_id)
        if turn is None:
            raise unknown_approval()
        for approval, answer in zip(asked, answers, strict=True):
            await give(the, self.context, approval, _given(answer, self.body.state))
        settled = frozenset(one.id for one in asked)
        after = EventId(turn.number, 0)
        followed = Followed(self.conversation_id, turn_id, after, settled=settled)
        return followed, _cursor(self.body.state, turn.number)


async def transcript(
    ports: Ports, context: Context, conversation_id: UUID, running: UUID | None
) -> list[dict[str, Any]]:
    """The thread's newest messages; of the turn that runs only the question. None of a thread that
    nobody has begun."""
    try:
        page = await ports.conversations.exchanges(
            context.scope, conversation_id, limit=_TURNS, cursor=None
        )
    except NotFoundError:
        return []
    held: list[dict[str, Any]] = []
    for exchange in reversed(page.items):
        held += [
            {"id": str(said.id), "role": "user", "content": said.content}
            for said in (exchange.asked, *exchange.steered)
        ]
        if exchange.turn.id != running:
            encoder = Encoder(Run("", "", held))
            for event in exchange.events:
                encoder.take(event)
            held = encoder.messages
    return held


def _check(body: RunAgentInput) -> None:
    """What comes back in snapshots must be JSON that everybody can read."""
    try:
        orjson.dumps([body.messages, body.state])
    except TypeError as error:
        raise InvalidError(f"messages or state: {error}.", code="shared_state_invalid") from None


def _last(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The user's newest: what comes behind it are answers that this run shows again."""
    said = [message for message in messages if message.get("role") == "user"]
    if not said:
        raise InvalidError("There is no user's message to answer.", code="messages_empty")
    return said[-1]


def _text(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    if any(not isinstance(part, dict) or part.get("type") != "text" for part in parts):
        raise InvalidError(
            "Only text can be sent here: upload files to /v1/documents.", code="file_unsupported"
        )
    return "\n".join(str(part.get("text")) for part in parts)


def _new(message_id: UUID, content: str, agent: str) -> NewMessage:
    try:
        return NewMessage(id=message_id, content=content, agent=agent)
    except ValidationError as error:
        what = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise InvalidError(str(what["msg"]), code="message_invalid") from None


def _given(answer: Resume, state: object) -> Given:
    """Whether it may run, and what to say of that. Whatever is no clear yes is a no."""
    payload = answer.payload if isinstance(answer.payload, dict) else {"approved": answer.payload}
    note = payload.get("note")
    return Given(
        approved=answer.status == "resolved" and payload.get("approved") is True,
        note=note if isinstance(note, str) else "",
        shown_hash=_shown_hash(state, answer.interruptId),
    )


def _command(props: object) -> list[Resume]:
    """How clients from before 1.0 answer: `forwardedProps.command.resume`. The interrupt is named
    there, or comes back beside it as it was asked."""
    command = props.get("command") if isinstance(props, dict) else None
    given = command.get("resume") if isinstance(command, dict) else None
    if not isinstance(command, dict) or given is None:
        return []
    payload = given if isinstance(given, dict) else {"approved": given}
    asked = payload.get("id") or _interrupt_of(command.get("interruptEvent"))
    try:
        return [Resume(interruptId=asked, status="resolved", payload=payload)]
    except ValidationError:
        raise InvalidError(
            "command.resume is {id, approved, note?}, with the interrupt's id; or the verdict"
            " alone, with the interrupt as command.interruptEvent.",
            code="resume_invalid",
        ) from None


def _interrupt_of(event: object) -> Any:  # noqa: ANN401 - whatever a client sent
    """The event's value comes as it was told, or as an application has read it."""
    if isinstance(event, str):
        try:
            event = orjson.loads(event)
        except orjson.JSONDecodeError:
            return None
    return event.get("id") if isinstance(event, dict) else None


def _ours(state: object) -> dict[str, Any]:
    ours: dict[str, Any] | None = state.get(OURS) if isinstance(state, dict) else None
    return ours if isinstance(ours, dict) else {}


def _shown_hash(state: object, approval_id: str) -> str | None:
    """Of the arguments that the client was shown."""
    cards = _ours(state).get("approvals")
    card = cards.get(approval_id) if isinstance(cards, dict) else None
    shown = card.get("arguments_hash") if isinstance(card, dict) else None
    return shown if isinstance(shown, str) else None


def _cursor(state: object, turn: int) -> EventId:
    """START gives the whole turn again, which every client takes."""
    try:
        seen = EventId.parse(str(_ours(state).get("cursor")))
    except ValueError:
        return START
    return seen if seen.turn == turn else START
