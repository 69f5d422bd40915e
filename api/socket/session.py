"""A socket's life: who it is, what it asks, and how it ends."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import structlog
from pydantic import ValidationError
from starlette.types import Receive, Send

from api import problems
from api.admission import Context
from api.dependencies import Edge
from api.pulse import Pulse
from api.socket.desk import Desk
from api.socket.door import Door, EndError, Entry, Hall, Visitor, as_text
from api.socket.message import Auth, parse, read, ref_of
from api.socket.wire import LeftError, Wire, reply
from domain.ports.places import Place
from models.errors import (
    AccessError,
    AppError,
    IdentityError,
    TooLargeError,
    UnavailableError,
)

# Messages of one socket that are answered at the same time: a stop must not wait behind a send.
# Further ones wait where they are, on the way to us.
AT_WORK: Final = 8
# Messages that could not be read, after which a client is taken for broken or worse.
UNREADABLE: Final = 100
_DONE: Final = (1000, "")
_ABUSE: Final = (1008, "unreadable")
_TOO_BIG: Final = (1009, "message_too_large")
_FAILED: Final = (1011, "internal")
_EXPIRED: Final = (4001, "token_expired")
_NEVER: Final = float("inf")

log = structlog.get_logger(__name__)


class Session:
    def __init__(self, edge: Edge, hall: Hall, visitor: Visitor) -> None:
        self._edge, self._hall, self._visitor = edge, hall, visitor
        self.patience = edge.limits.slow_write
        self._limit = asyncio.timeout(None)
        self._ending: tuple[int, str] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._work = asyncio.Semaphore(AT_WORK)
        self._messages = self._unreadable = 0
        self._desk: Desk | None = None
        self._place: Place | None = None
        self._expires = self._look_again = _NEVER

    async def run(
        self, receive: Receive, send: Send, pulse: Pulse, openings: asyncio.Semaphore
    ) -> int | None:
        """Until either side ends it; says with which code."""
        limits, metrics = self._edge.limits, self._edge.metrics
        self._wire = Wire(receive, send, pulse, metrics, limits.slow_write)
        self._door = Door(self._wire, self._edge.ports, self._visitor, openings)
        pulse.add(self)
        metrics.open_sockets.inc()
        try:
            async with self._limit:
                await self._serve(openings)
        except LeftError:
            pass
        except EndError as end:
            self._ending = (end.code, end.reason)
        except TimeoutError:
            if not self._limit.expired():
                raise
        except Exception:  # the last place that can still close it
            log.exception("socket.failed")
            self._ending = _FAILED
        finally:
            metrics.open_sockets.dec()
            await self._release()
            pulse.discard(self)
        return self._wire.code

    async def _serve(self, openings: asyncio.Semaphore) -> None:
        with self._hall:
            await self._wire.accept()
            entry, self._place = await self._door.enter(self._edge.limits.socket_auth)
        self._desk = Desk(self._edge, self._wire, openings, self._anew)
        await self._welcome(entry)
        while True:
            heard = await self._wire.hear()
            await self._work.acquire()
            self._messages += 1
            answering = self._answer(
                self._desk, heard, f"{self._visitor.request_id}.{self._messages}"
            )
            self._start(answering).add_done_callback(lambda _: self._work.release())

    async def _welcome(self, entry: Entry) -> None:
        left, context = self._install(entry), entry.context
        await self._wire.tell(
            reply(
                "ready",
                entry.ref,
                user_id=str(context.caller.user_id),
                space_id=str(context.scope.space_id),
                role=context.role.value,
                expires_in=None if left is None else max(0, int(left)),
            )
        )

    def _install(self, entry: Entry) -> float | None:
        """How many seconds this is good for; None: it does not end by itself."""
        self._entry = entry
        left, now = entry.seconds_left(), asyncio.get_running_loop().time()
        self._expires = _NEVER if left is None else now + left
        self._look_again = now + self._edge.limits.longest_stream
        return left

    async def _answer(self, desk: Desk, heard: str | bytes, request_id: str) -> None:
        structlog.contextvars.bind_contextvars(request_id=request_id)
        kind, ref, problem = "unreadable", None, None
        try:
            document = read(as_text(self._bounded(heard)))
            ref = ref_of(document)
            said = parse(document)
            kind = said.type
            if isinstance(said, Auth):
                await self._renew(said, ref)
            else:
                context = replace(self._entry.context, request_id=request_id)
                await desk.answer(context, said, ref)
        except ValidationError as error:
            problem = problems.of_invalid(request_id, error.errors())
        except AppError as error:
            problem = problems.of_error(request_id, error)
            if (seconds := problems.retry_after(error)) is not None:
                problem["retry_after"] = seconds
        except LeftError:
            return
        except Exception:  # the last place that can still answer
            log.exception("socket.message_failed")
            problem = problems.fault(request_id)
        with suppress(LeftError):
            await self._answered(kind, ref, problem)

    async def _answered(
        self, kind: str, ref: str | int | None, problem: problems.Problem | None
    ) -> None:
        status = 200 if problem is None else problem["status"]
        self._edge.metrics.socket_messages.labels(kind, status).inc()
        if problem is None:
            return
        log.info("socket.refused", type=kind, code=problem["code"])
        await self._wire.tell(problem | reply("error", ref))
        self._unreadable += kind == "unreadable"
        if self._unreadable >= UNREADABLE:
            self._end(_ABUSE)

    def _bounded(self, heard: str | bytes) -> str | bytes:
        """Over a server that knows no limit of its own."""
        most = self._edge.limits.socket_message_bytes
        if len(heard) > most:
            self._end(_TOO_BIG)
            raise TooLargeError(f"A message may hold {most:,} bytes.", code="message_too_large")
        return heard

    async def _renew(self, shown: Auth, ref: str | int | None) -> None:
        """A newer token of the same person keeps the socket open."""
        context, before = await self._door.recognise(shown), self._entry.context
        if (context.scope, context.caller.user_id) != (before.scope, before.caller.user_id):
            raise AccessError("This socket is for somebody else.", code="identity_changed")
        await self._welcome(Entry(context, shown, ref))

    def tick(self, now: float) -> None:
        """End with the token; look again who this is; cut off a reader that blocks."""
        if now >= self._expires:
            self._end(_EXPIRED)
        elif now >= self._look_again:
            self._look_again = now + self._edge.limits.longest_stream
            self._start(self._recognise())
        self._wire.tick(now)

    async def _anew(self) -> Context:
        """Who this is now; whoever it is no more is shown out with the next beat."""
        try:
            return await self._door.recognise(self._entry.shown)
        except (AccessError, IdentityError):
            self._look_again = 0.0
            raise

    async def _recognise(self) -> None:
        """As a stream's reader is recognised each time that it comes back: a key may be revoked."""
        entry = self._entry
        try:
            context = await self._door.recognise(entry.shown)
            if self._entry is entry:  # and no newer credential came meanwhile
                self._install(replace(entry, context=context))
        except UnavailableError as error:
            log.info("socket.unrecognised", code=error.code)  # asked again next time
        except AppError as error:
            problem = problems.of_error(self._visitor.request_id, error)
            with suppress(LeftError):
                end = await self._door.refuse(problem, None)
                self._end((end.code, end.reason))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _end(self, how: tuple[int, str]) -> None:
        self._ending = self._ending or how
        with suppress(RuntimeError):  # it is over already
            self._limit.reschedule(0)

    async def _release(self) -> None:
        """Work that has begun is done to its end, as a request's is whose caller hangs up."""
        await self._wire.close(*(self._ending or _DONE))
        if self._desk is not None:
            await self._desk.close()
        if self._place is not None:
            await self._place.give_back()
        if self._tasks:
            await asyncio.wait(self._tasks)
