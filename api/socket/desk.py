"""What a socket may ask for: each does as its route does."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from api import deciding, following, posting, rates, replying
from api.admission import Context, admit
from api.dependencies import Edge, of_kind
from api.schemas.approvals import ApprovalView
from api.sending import Sent
from api.socket.message import Decide, Ping, Said, Send, Stop, Subscribe, Unsubscribe
from api.socket.subscription import Subscription
from api.socket.wire import Wire, reply
from api.stopping import stopping
from api.text import checked_message
from domain.ports.conversations import ConversationKind
from domain.ports.identity import Role
from domain.ports.rates import Kind
from models import ids
from models.errors import LimitError
from models.payloads.events import EventId

Ref = str | int | None


class Desk:
    """Of one socket; `openings` bounds how many of all sockets ask the store at once."""

    def __init__(
        self,
        edge: Edge,
        wire: Wire,
        openings: asyncio.Semaphore,
        recognise: Callable[[], Awaitable[Context]],
    ) -> None:
        """`recognise`: who this is now, for what changes something: a key may have been revoked
        since the socket was opened, and a request with it would be refused at once."""
        self._edge, self._wire, self._openings = edge, wire, openings
        self._recognise = recognise
        self._subscriptions: dict[UUID, Subscription] = {}
        self._lanes: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def close(self) -> None:
        subscriptions, self._subscriptions = self._subscriptions, {}
        for subscription in subscriptions.values():
            await subscription.stop()

    async def answer(self, context: Context, said: Said, ref: Ref) -> None:
        """Raises what the routes raise; LeftError."""
        match said:
            case Subscribe():
                await self._subscribe(context, said, ref)
            case Unsubscribe():
                await self._unsubscribe(context, said, ref)
            case Send():
                await self._send(context, said, ref)
            case Stop():
                await self._stop(context, said, ref)
            case Decide():
                await self._decide(context, said, ref)
            case Ping():
                await self._wire.tell(reply("pong", ref))
            case _:
                raise AssertionError(said.type)

    def _lane(self, log_id: UUID) -> asyncio.Lock:
        """What one socket asks of a log is done in the order in which it came, but for stops and
        verdicts: to be taken before anything but the wire is waited for."""
        return self._lanes.setdefault(log_id, asyncio.Lock())

    async def _subscribe(self, context: Context, said: Subscribe, ref: Ref) -> None:
        async with self._lane(said.log_id):
            await self._count(context, Kind.READ)
            after = following.cursor(said.after, None)
            async with self._openings:
                await of_kind(self._edge.ports, context.scope, said.log_id, said.kind)
            if (former := self._subscriptions.pop(said.log_id, None)) is not None:
                await former.stop()
            self._check_room()
            await self._wire.tell(
                reply("subscribed", ref, conversation_id=str(said.log_id), after=str(after))
            )
            self._follow(context, said.log_id, said.kind, after)

    def _check_room(self) -> None:
        most = self._edge.limits.socket_subscriptions
        if len(self._subscriptions) >= most:
            raise LimitError(
                f"A socket follows {most} conversations at most: leave one, or open another.",
                code="too_many_subscriptions",
            )

    def _follow(
        self, context: Context, log_id: UUID, kind: ConversationKind, after: EventId
    ) -> None:
        made = Subscription(self._edge, context, self._wire, log_id, kind, after)

        def over() -> None:
            if self._subscriptions.get(log_id) is made:
                del self._subscriptions[log_id]

        self._subscriptions[log_id] = made
        made.start(over)

    async def _unsubscribe(self, context: Context, said: Unsubscribe, ref: Ref) -> None:
        """Answered in the same way when it was not followed: nothing more comes of it."""
        async with self._lane(said.log_id):
            await self._count(context, Kind.READ)
            after = None
            if (former := self._subscriptions.pop(said.log_id, None)) is not None:
                await former.stop()
                after = str(former.after)
            await self._wire.tell(
                reply("unsubscribed", ref, conversation_id=str(said.log_id), after=after)
            )

    async def _send(self, context: Context, said: Send, ref: Ref) -> None:
        checked_message(said.content, self._edge.limits.message_characters)
        message_id = said.id or uuid4()
        to = said.conversation_id
        name = to or ids.conversation_id_for(context.scope.space_id, message_id)
        await self._wire.tell(reply("typing", ref, conversation_id=str(name)))
        async with self._lane(name):
            await self._count(context, Kind.WORK)
            context = await self._as(context, Role.MEMBER)
            if said.subscribe and name not in self._subscriptions:
                self._check_room()
            if to is None:
                sent = await posting.post_first(self._edge, context, message_id, said)
            else:
                sent = await posting.post(self._edge, context, to, message_id, said)
            await self._accepted(context, said, sent, ref)

    async def _accepted(self, context: Context, said: Send, sent: Sent, ref: Ref) -> None:
        accepted = replying.accepted(sent, f"/v1/conversations/{sent.conversation_id}/events")
        await self._wire.tell(
            reply("accepted", ref, **accepted.model_dump(mode="json"), after=str(sent.after))
        )
        if said.subscribe and sent.conversation_id not in self._subscriptions:
            self._check_room()  # others may have come meanwhile; the message runs all the same
            self._follow(context, sent.conversation_id, ConversationKind.CHAT, sent.after)

    async def _stop(self, context: Context, said: Stop, ref: Ref) -> None:
        await self._count(context, Kind.READ)
        context = await self._as(context, Role.MEMBER)
        await of_kind(self._edge.ports, context.scope, said.log_id, said.kind)
        stopped = await stopping(self._edge.ports, context, said.log_id, said.kind, said.turn_id)
        await self._wire.tell(
            reply("stopping", ref, conversation_id=str(said.log_id))
            | stopped.model_dump(mode="json")
        )

    async def _decide(self, context: Context, said: Decide, ref: Ref) -> None:
        await self._count(context, Kind.READ)
        context = await self._as(context, Role.VIEWER)
        judgement = deciding.judgement(context, said)
        approval = await deciding.decide(
            self._edge.ports, context.scope, said.approval_id, judgement
        )
        view = ApprovalView.model_validate(approval)
        await self._wire.tell(reply("decided", ref, approval=view.model_dump(mode="json")))

    async def _count(self, context: Context, kind: Kind) -> None:
        edge = self._edge
        rates.refuse(await rates.ask(edge.ports, edge.metrics, context.caller, kind))

    async def _as(self, context: Context, role: Role) -> Context:
        now = await self._recognise()
        return await admit(self._edge.ports, now.caller, now.scope, role, context.request_id)
