"""What an answer may stand on, from four streams at once: none of them fails the others."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid5

import structlog

from activities.enhancement import Enhanced, Enhancer
from activities.outcome import in_time, outcome_of
from activities.pages import Pages
from activities.references import References
from domain.addresses import addresses, without_addresses
from domain.assembly import merged, numbered
from domain.ports.identity import PROFILE_CHARACTERS, Spaces
from domain.ports.search import Finder, FindRequest
from domain.ports.transcript import Passage, UsageEntry
from domain.prompting import PROFILE_MARK
from domain.query import Standalone
from models.errors import AppError
from models.payloads.agent import Agent
from models.payloads.chat import StoredMessage
from models.payloads.events import RetrievalStream, StreamReport
from models.payloads.scope import Scope
from models.payloads.sources import Source

# Each stream's own; what a part of it may take is less.
SEARCH_TIME = timedelta(seconds=6)
REFERENCES_TIME = timedelta(seconds=6)
PAGES_TIME = timedelta(seconds=5)
PROFILE_TIME = timedelta(seconds=1)
# Of the pages that a message names.
MOST_OF_PAGES = 6
# The gist of a message is at its beginning or at its end.
QUERY_CHARACTERS = 2_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a turn's retrieval starts from. `recent` loads the messages before this one."""

    scope: Scope
    agent: Agent
    message: str
    references: tuple[UUID, ...]
    has_history: bool
    recent: Callable[[], Awaitable[Sequence[StoredMessage]]]


@dataclass(frozen=True, slots=True)
class Stream:
    """What one stream gave. `error` is the first thing that went wrong in it."""

    passages: Sequence[Passage] = ()
    usage: tuple[UsageEntry, ...] = ()
    error: str | None = None
    missing: tuple[UUID, ...] = ()
    """Documents that were named and gave nothing."""
    busy: bool = True
    """False when there was nothing to do."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """`passages` are numbered from 1; the business's profile is among them under its own mark.
    `query` is set when other words than the message's were searched."""

    passages: Sequence[Passage]
    usage: tuple[UsageEntry, ...] = ()
    streams: tuple[StreamReport, ...] = ()
    query: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """The streams' ports."""

    finder: Finder
    references: References
    pages: Pages
    spaces: Spaces
    enhancer: Enhancer | None = None
    limits: dict[RetrievalStream, timedelta] = field(
        default_factory=lambda: {
            RetrievalStream.REFERENCES: REFERENCES_TIME,
            RetrievalStream.SEARCH: SEARCH_TIME,
            RetrievalStream.PAGES: PAGES_TIME,
            RetrievalStream.PROFILE: PROFILE_TIME,
        }
    )

    async def gather(self, sought: Sought) -> Gathered:
        """Never raises for a stream's sake."""
        asking = asyncio.ensure_future(self._enhanced(sought))
        try:
            results = await asyncio.gather(
                self._stream(RetrievalStream.REFERENCES, self._references(sought, asking)),
                self._stream(RetrievalStream.SEARCH, self._search(sought, asking)),
                self._stream(RetrievalStream.PAGES, self._pages(sought, asking)),
                self._stream(RetrievalStream.PROFILE, self._profile(sought)),
            )
            enhanced = await asking
        finally:
            asking.cancel()
        found = _gathered(sought, enhanced, dict(results))
        log.info(
            "retrieval.gathered",
            passages=len(found.passages),
            rewritten=found.query is not None,
            error=found.error,
            **{report.stream.value: report.milliseconds for report in found.streams},
        )
        return found

    async def _enhanced(self, sought: Sought) -> Enhanced:
        gist = gist_of(sought.message)
        if self.enhancer is None or not sought.agent.retrieves:
            return Enhanced(Standalone(gist))
        try:
            return await self.enhancer.enhance_lazily(
                sought.recent, gist, has_history=sought.has_history
            )
        except Exception:  # as in a stream
            log.exception("retrieval.enhancement_broke")
            return Enhanced(Standalone(gist), error=AppError.code)

    async def _stream(
        self, kind: RetrievalStream, work: Awaitable[Stream]
    ) -> tuple[RetrievalStream, tuple[Stream, int]]:
        began = time.monotonic()
        try:
            outcome = await outcome_of(self._limited(kind, work))
        except Exception:  # a defect in one stream must not cost the answer
            log.exception("retrieval.stream_broke", stream=kind.value)
            outcome = Stream(error=AppError.code)
        if isinstance(outcome, AppError):
            log.warning("retrieval.stream_failed", stream=kind.value, code=outcome.code)
            outcome = Stream(error=outcome.code)
        return kind, (outcome, round((time.monotonic() - began) * 1_000))

    async def _limited(self, kind: RetrievalStream, work: Awaitable[Stream]) -> Stream:
        async with in_time(self.limits[kind], f"{kind.value}_timeout"):
            return await work

    async def _references(self, sought: Sought, asking: "asyncio.Future[Enhanced]") -> Stream:
        if not sought.references:
            return Stream(busy=False)
        question = (await asyncio.shield(asking)).question
        found = await self.references.find(sought.scope, sought.references, question, sought.agent)
        return Stream(found.passages, found.usage, found.error, found.missing)

    async def _search(self, sought: Sought, asking: "asyncio.Future[Enhanced]") -> Stream:
        agent = sought.agent
        question = (await asyncio.shield(asking)).question
        if not agent.retrieves or agent.top_k == 0 or not question.query.strip():
            return Stream(busy=False)
        request = FindRequest.by(
            agent, question.query, agent.top_k, alternatives=question.alternatives
        )
        found = await self.finder.find(sought.scope, request)
        return Stream(found.passages, found.usage, found.error)

    async def _pages(self, sought: Sought, asking: "asyncio.Future[Enhanced]") -> Stream:
        if not sought.agent.retrieves:
            return Stream(busy=False)

        async def worded() -> str:
            return (await asyncio.shield(asking)).question.query

        # Fetched while the question is still worded: together they would take too long.
        found = await self.pages.find(sought.scope, sought.message, worded, most=MOST_OF_PAGES)
        return Stream(found.passages, error=found.error, busy=found.addresses > 0)

    async def _profile(self, sought: Sought) -> Stream:
        # A small model has to read the question, too.
        most = min(PROFILE_CHARACTERS, sought.agent.context_tokens // 2)
        text = (await self.spaces.profile(sought.scope)).strip()[:most]
        if not text:
            return Stream(busy=False)
        return Stream([_profile_passage(sought.scope, text)])


def gist_of(message: str) -> str:
    """What it asks in its own words, of which the beginning and the end when they are many. The
    pages that it names are read; letters of their addresses would be looked for in vain."""
    if addresses(message, most=1):
        message = without_addresses(message) or message
    if len(message) <= QUERY_CHARACTERS:
        return message
    half = QUERY_CHARACTERS // 2
    return f"{message[:half]}\n{message[-half:]}"


def _profile_passage(scope: Scope, text: str) -> Passage:
    key = uuid5(scope.space_id, "profile")
    source = Source(
        mark=PROFILE_MARK, passage_id=key, document_id=key, title="", snippet=text[:300]
    )
    return Passage(source, text)


def _gathered(
    sought: Sought, enhanced: Enhanced, results: dict[RetrievalStream, tuple[Stream, int]]
) -> Gathered:
    streams = {kind: stream for kind, (stream, _) in results.items()}
    found = merged(
        [
            streams[kind].passages
            for kind in (
                RetrievalStream.REFERENCES,
                RetrievalStream.PAGES,
                RetrievalStream.SEARCH,
            )
        ],
        sought.agent.passage_tokens,
    )
    usage = [entry for stream in streams.values() for entry in stream.usage]
    if enhanced.usage is not None:
        usage.insert(0, enhanced.usage)
    reports = [
        StreamReport(
            stream=kind,
            passages=len(stream.passages),
            milliseconds=milliseconds,
            error=stream.error,
            missing=stream.missing,
        )
        for kind, (stream, milliseconds) in results.items()
        if stream.busy
    ]
    errors = [report.error for report in reports if report.error] + [enhanced.error]
    return Gathered(
        passages=[*streams[RetrievalStream.PROFILE].passages, *numbered(found)],
        usage=tuple(replace(entry, agent=sought.agent.name) for entry in usage),
        streams=tuple(reports),
        query=enhanced.question.query if enhanced.rewritten else None,
        error=next((error for error in errors if error), None),
    )
