"""What both dialects share between a parsed request and its answer."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial

import orjson
from starlette.requests import Request
from starlette.responses import Response

from local.model.conversation import Conversation, Json
from local.model.directive import Directive, Failure, read_directive
from local.model.failures import FailureCount, SilentResponse, instead_of_answer
from local.model.generation import Generation
from local.model.ledger import Entry, Ledger
from local.model.plan import Pace, Plan, planned
from local.model.problems import BusyError, ProblemError, TooLargeError
from local.model.stream import EventLog, EventStream
from local.model.wire import BrokenBody, FaultyStream

LARGEST_BODY = 20_000_000
# Answers being written at once; each is a task and its log.
MOST_RUNNING = 4_096


@dataclass(slots=True)
class Desk:
    """What the routes of one server share."""

    pace: Pace = field(default_factory=Pace)
    ledger: Ledger = field(default_factory=Ledger)
    failures: FailureCount = field(default_factory=FailureCount)
    running: int = 0

    def begin(self, generation: Generation, on_end: Callable[[], None] | None = None) -> None:
        if self.running >= MOST_RUNNING:
            raise BusyError(f"{MOST_RUNNING} answers are being written.", code="overloaded")
        self.running += 1

        def ended() -> None:
            self.running -= 1
            if on_end is not None:
                on_end()

        generation.start(ended)


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation, the message that steers its answer, and the failure that is due."""

    conversation: Conversation
    message: str
    directive: Directive
    question: str
    failure: Failure | None
    stream: bool

    def plan(self, pace: Pace, max_tokens: int | None) -> Plan:
        return planned(
            self.conversation,
            self.directive,
            self.question,
            pace=pace,
            max_tokens=max_tokens,
            failure=self.failure,
        )

    @property
    def refusal(self) -> Response | None:
        return instead_of_answer(self.failure, self.directive, stream=self.stream)


def asked(conversation: Conversation, desk: Desk, model: str, *, stream: bool) -> Asked:
    structured = conversation.schema is not None
    message = conversation.asked if structured else conversation.question
    directive, _ = read_directive(message, structured=structured)
    _, question = read_directive(conversation.question, structured=True)
    failure = desk.failures.due(directive, message, model)
    return Asked(conversation, message, directive, question, failure, stream)


async def body_of(request: Request) -> Json:
    """The request's JSON object, of at most 20 MB."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > LARGEST_BODY:
        raise TooLargeError(f"The body is larger than {LARGEST_BODY} bytes.")
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > LARGEST_BODY:
            raise TooLargeError(f"The body is larger than {LARGEST_BODY} bytes.")
    try:
        body = orjson.loads(bytes(read))
    except orjson.JSONDecodeError as error:
        raise ProblemError(f"The body is no JSON: {error}", code="invalid_json") from error
    if not isinstance(body, dict):
        raise ProblemError("The body must be a JSON object.", code="invalid_json")
    return body


def refused(response: Response, entry: Entry, failure: Failure | None) -> Response:
    """An answer that was never generated, in the ledger under the failure's name."""
    entry.status = failure.value if failure is not None else "refused"
    if failure is not None and failure.by_status:
        entry.until = _moment(response.headers.get("retry-after"))
    if isinstance(response, SilentResponse):
        response.on_left = partial(_left_at, entry)
    return response


def _left_at(entry: Entry) -> None:
    entry.left = time.time()


def _moment(wait: str | None) -> float | None:
    """When a wait is over that a header names in seconds or by its end."""
    if wait is None:
        return None
    if wait.endswith("GMT"):
        return parsedate_to_datetime(wait).timestamp()
    return time.time() + float(wait)


def streamed(
    log: EventLog,
    failure: Failure | None,
    directive: Directive,
    *,
    start: int = 0,
    on_gone: Callable[[], None],
    entry: Entry,
) -> Response:
    """`on_gone` is for a client that leaves before the answer is written."""
    if failure is not None and failure.on_the_wire:
        left = partial(_left_at, entry)
        return FaultyStream(log, failure, directive, start=start, on_gone=on_gone, on_left=left)
    return EventStream(log, start=start, on_gone=on_gone)


async def finished_or_left(generation: Generation, request: Request) -> None:
    """Wait for a plain answer; a client that leaves takes its answer with it."""
    finished = asyncio.ensure_future(generation.finished())
    left = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({finished, left}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        finished.cancel()
        left.cancel()
        generation.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def plain(body: Json, failure: Failure | None = None, status: int = 200) -> Response:
    content = orjson.dumps(body)
    if failure in {Failure.MALFORMED, Failure.TRUNCATE}:
        return BrokenBody(content, announced=failure is Failure.TRUNCATE)
    return Response(content, status, media_type="application/json")
