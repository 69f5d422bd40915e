"""One log followed over a socket, for as long as both live."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

import structlog

from api import problems
from api.admission import Context
from api.dependencies import Edge, of_kind
from api.socket.wire import LeftError, Wire, event_frame, reply
from api.watching import close
from domain.ports.conversations import ConversationKind
from models.errors import AppError, NotFoundError
from models.payloads.events import EventId

# A log that ends at once, as when its edge shuts down, is not asked for again at once.
_PAUSE: Final = 0.5

log = structlog.get_logger(__name__)


class Subscription:
    """Reads on from where its reader is, and at the reader's pace: what it is behind waits in the
    feed's bounded mailbox, then in the log itself."""

    def __init__(
        self,
        edge: Edge,
        context: Context,
        wire: Wire,
        log_id: UUID,
        kind: ConversationKind,
        after: EventId,
    ) -> None:
        self.after = after
        self._edge, self._context, self._wire = edge, context, wire
        self._log_id, self._kind = log_id, kind
        self._task: asyncio.Task[None] | None = None

    def start(self, over: Callable[[], None]) -> None:
        """`over`: it ended by itself."""
        self._task = asyncio.create_task(self._run(), name="subscription")
        self._task.add_done_callback(lambda task: None if task.cancelled() else over())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            problem = await self._follow()
        except LeftError:
            return
        except Exception:  # the last place that can say so; the socket's others go on
            log.exception("subscription.failed", conversation_id=str(self._log_id))
            problem = problems.fault(self._context.request_id)
        said = reply("unsubscribed", None, conversation_id=str(self._log_id))
        said |= {"after": str(self.after), "code": problem["code"], "detail": problem["detail"]}
        with suppress(LeftError):
            await self._wire.tell(said)

    async def _follow(self) -> problems.Problem:
        """Until there is nothing to follow any more; says why."""
        while True:
            began = asyncio.get_running_loop().time()
            await self._pass_on()
            try:
                await of_kind(self._edge.ports, self._context.scope, self._log_id, self._kind)
            except NotFoundError as error:
                return problems.of_error(self._context.request_id, error)
            except AppError as error:  # it is asked again when the feed ends next
                log.info("subscription.unchecked", code=error.code)
            spent = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(0.0, _PAUSE - spent))

    async def _pass_on(self) -> None:
        following = self._edge.ports.feed.follow(
            self._context.log(self._log_id),
            self.after,
            at_most=self._edge.limits.longest_stream,
        )
        name = str(self._log_id)
        try:
            async for event in following:
                await self._wire.say(event_frame(name, event.data))
                self.after = event.id
                self._edge.metrics.events_sent.inc()
                del event  # not held while nothing comes
        finally:
            await close(following)
