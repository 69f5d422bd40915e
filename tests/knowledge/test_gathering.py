"""Four streams at once: each may fail or be late, and the turn goes on with the others."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities.accounting import Tariff
from activities.enhancement import Enhancer
from activities.gathering import Gathered, Gathering, Sought, gist_of
from activities.pages import PageFailure, PagesFound
from activities.references import References
from domain.catalogue import DIRECT, GENERAL
from domain.ports.identity import Caller
from domain.ports.search import FindRequest, Found
from domain.ports.transcript import Passage
from domain.prompting import PROFILE_MARK
from models.errors import UnavailableError
from models.payloads.agent import Agent
from models.payloads.chat import Role, StoredMessage
from models.payloads.events import RetrievalStream, StreamReport
from models.payloads.scope import Scope
from models.payloads.sources import Source
from tests.knowledge.finding import ListIndex, passage_id
from tests.knowledge.material import a_scope
from tests.knowledge.test_enhancement import ScriptedModel

SEARCHED = ["Deliveries to islands take five working days.", "Podcasts appear each Thursday."]
PAGE = "The page says that bicycles are sold on Mondays."
REFERENCED = ["The brief begins here.", "Its budget is 4,000 euros.", "It ends in June."]
PATIENT = timedelta(minutes=1)
QUICK = timedelta(milliseconds=50)


def a_passage(text: str, mark: int = 1) -> Passage:
    source = Source(
        mark=mark, passage_id=passage_id(text), document_id=uuid4(), title="T", snippet=text
    )
    return Passage(source, text)


@dataclass
class FixedFinder:
    texts: Sequence[str] = tuple(SEARCHED)
    failure: UnavailableError | None = None
    stuck: bool = False
    error: str | None = None
    asked: list[FindRequest] = field(default_factory=list)

    async def find(self, scope: Scope, request: FindRequest) -> Found:
        self.asked.append(request)
        if self.stuck:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure
        texts = [] if request.filters.documents else self.texts
        return Found(
            [a_passage(text, mark) for mark, text in enumerate(texts, start=1)], error=self.error
        )


@dataclass
class FixedPages:
    found: PagesFound = field(default_factory=PagesFound)
    stuck: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def find(self, scope: Scope, message: str, query: str, *, most: int) -> PagesFound:
        self.asked.append((message, query))
        if self.stuck:
            await asyncio.Event().wait()
        return self.found


@dataclass
class FixedSpaces:
    text: str = ""
    failure: UnavailableError | None = None

    async def context(self, scope: Scope) -> dict[str, Any]:
        return {}

    async def mirror(self, caller: Caller, scope: Scope) -> None:
        raise AssertionError("a turn mirrors nobody")

    async def profile(self, scope: Scope) -> str:
        if self.failure is not None:
            raise self.failure
        return self.text

    async def set_profile(self, scope: Scope, text: str) -> None:
        self.text = text


class KnownDocuments:
    """Documents, as far as references ask."""

    def __init__(self, *ids: UUID) -> None:
        self._ids = frozenset(ids)

    async def known(self, scope: Scope, ids: Sequence[UUID]) -> frozenset[UUID]:
        return self._ids & frozenset(ids)


@dataclass
class Bench:
    """The streams, each of which a test may change."""

    finder: FixedFinder = field(default_factory=FixedFinder)
    pages: FixedPages = field(default_factory=FixedPages)
    spaces: FixedSpaces = field(default_factory=FixedSpaces)
    index: ListIndex = field(default_factory=lambda: ListIndex(*REFERENCED))
    enhancer: Enhancer | None = None
    known: tuple[UUID, ...] = ()
    history: tuple[StoredMessage, ...] = ()
    late: RetrievalStream | None = None
    """The stream that is stuck: it alone has little time."""
    loaded: int = 0

    async def gather(
        self, message: str = "When?", *references: UUID, agent: Agent = GENERAL
    ) -> Gathered:
        documents: Any = KnownDocuments(self.index.document, *self.known)
        pages: Any = self.pages
        limits = dict.fromkeys(RetrievalStream, PATIENT)
        if self.late is not None:
            limits[self.late] = QUICK
        gathering = Gathering(
            self.finder,
            References(self.finder, self.index, documents),
            pages,
            self.spaces,
            self.enhancer,
            limits=limits,
        )
        sought = Sought(
            scope=a_scope(),
            agent=agent,
            message=message,
            references=references,
            has_history=bool(self.history),
            recent=self._recent,
        )
        return await gathering.gather(sought)

    async def _recent(self) -> Sequence[StoredMessage]:
        self.loaded += 1
        return self.history


def texts(found: Gathered) -> list[str]:
    return [passage.text for passage in found.passages]


def reports(found: Gathered) -> dict[str, StreamReport]:
    return {report.stream.value: report for report in found.streams}


async def test_what_all_streams_give_is_merged_and_numbered() -> None:
    bench = Bench(
        pages=FixedPages(PagesFound([a_passage(PAGE)], addresses=1)),
        spaces=FixedSpaces("We sell bicycles."),
    )
    found = await bench.gather("See https://example.com", bench.index.document)
    marks = {passage.text: passage.source.mark for passage in found.passages}
    assert marks["We sell bicycles."] == PROFILE_MARK
    assert marks[REFERENCED[0]] == 1
    assert marks[PAGE] == 2
    assert marks[SEARCHED[0]] == 3
    assert sorted(marks.values()) == list(range(len(marks)))
    assert list(reports(found)) == ["references", "search", "pages", "profile"]
    assert all(report.error is None for report in found.streams)
    assert found.error is None


async def test_a_stream_with_nothing_to_do_is_not_reported() -> None:
    assert list(reports(await Bench().gather())) == ["search"]


@pytest.mark.parametrize(
    ("bench", "stream", "code"),
    [
        (
            Bench(finder=FixedFinder(stuck=True), late=RetrievalStream.SEARCH),
            "search",
            "search_timeout",
        ),
        (
            Bench(pages=FixedPages(stuck=True), late=RetrievalStream.PAGES),
            "pages",
            "pages_timeout",
        ),
        (
            Bench(spaces=FixedSpaces(failure=UnavailableError("x", code="store_unavailable"))),
            "profile",
            "store_unavailable",
        ),
        (
            Bench(finder=FixedFinder(failure=UnavailableError("x", code="store_unavailable"))),
            "search",
            "store_unavailable",
        ),
        (Bench(finder=FixedFinder(error="embedding_timeout")), "search", "embedding_timeout"),
        (
            Bench(pages=FixedPages(PagesFound((), [PageFailure("u", "url_timeout")], 1))),
            "pages",
            "url_timeout",
        ),
    ],
)
async def test_a_stream_that_fails_is_named_and_fails_nothing(
    bench: Bench, stream: str, code: str
) -> None:
    found = await bench.gather()
    assert reports(found)[stream].error == code
    assert found.error == code
    if stream != "search" or code == "embedding_timeout":
        assert SEARCHED[0] in texts(found)


async def test_a_defect_in_one_stream_does_not_cost_the_others() -> None:
    class Broken(FixedSpaces):
        """Has a defect."""

        async def profile(self, scope: Scope) -> str:
            raise ZeroDivisionError

    found = await Bench(spaces=Broken()).gather()
    assert reports(found)["profile"].error == "internal"
    assert texts(found) == SEARCHED


async def test_references_that_give_nothing_are_named() -> None:
    waiting, unknown = uuid4(), uuid4()
    bench = Bench(known=(waiting,))
    found = await bench.gather("x", bench.index.document, waiting)
    assert reports(found)["references"].missing == (waiting,)
    assert reports(found)["references"].error == "document_not_ready"
    found = await bench.gather("x", unknown)
    assert reports(found)["references"].missing == (unknown,)
    assert reports(found)["references"].error == "document_not_found"
    assert SEARCHED[0] in texts(found)


async def test_referenced_documents_are_read_from_the_beginning_beside_what_answers() -> None:
    bench = Bench(finder=FixedFinder(texts=()))
    found = await bench.gather("Summarise this", bench.index.document)
    assert texts(found) == REFERENCED


async def test_an_agent_that_retrieves_nothing_gets_what_a_person_names() -> None:
    bench = Bench(pages=FixedPages(PagesFound([a_passage(PAGE)], addresses=1)))
    found = await bench.gather("Summarise", bench.index.document, agent=DIRECT)
    assert texts(found) == REFERENCED
    assert list(reports(found)) == ["references"]


async def test_no_stream_takes_all_of_the_budget() -> None:
    long = ListIndex(*(f"Paragraph {n}. " + "word " * 150 for n in range(20)))
    bench = Bench(index=long, finder=FixedFinder(texts=[f"{n} " + "x " * 300 for n in range(9)]))
    agent = GENERAL.model_copy(update={"passage_tokens": 1_000})
    found = await bench.gather("x", long.document, agent=agent)
    assert any(text.startswith("Paragraph") for text in texts(found))
    assert any(text.endswith("x ") for text in texts(found))
    assert len(found.passages) < 8


async def test_the_agent_decides_where_and_how_is_searched() -> None:
    bench = Bench()
    agent = GENERAL.model_copy(
        update={"collections": ("brand",), "top_k": 3, "rerank": False, "lexical_weight": 2.0}
    )
    await bench.gather("When?", agent=agent)
    asked = bench.finder.asked[0]
    assert asked.filters.collections == ("brand",)
    assert (asked.top_k, asked.rerank, asked.lexical_weight) == (3, False, 2.0)
    nothing = await bench.gather("When?", agent=GENERAL.model_copy(update={"top_k": 0}))
    assert nothing.streams == ()


async def test_a_question_that_points_back_is_searched_as_it_would_stand_alone() -> None:
    model = ScriptedModel(
        '{"standalone_query": "price of the blue bicycle", "alternatives": ["bicycle cost"],'
        ' "entities": []}'
    )
    tariff = Tariff(len, lambda _model, _usage: None, "1")
    said = StoredMessage(id=uuid4(), role=Role.USER, content="Tell me about the blue bicycle.")
    bench = Bench(enhancer=Enhancer(model, tariff), history=(said,))
    found = await bench.gather("What does it cost?")
    assert found.query == "price of the blue bicycle"
    assert bench.finder.asked[0].query == "price of the blue bicycle"
    assert bench.finder.asked[0].alternatives == ("bicycle cost",)
    assert [entry.agent for entry in found.usage] == [GENERAL.name]

    plain = await bench.gather("What does the delivery of large orders to islands cost?")
    assert plain.query is None
    assert (len(model.asked), bench.loaded) == (1, 1)


async def test_an_enhancement_that_fails_leaves_the_message_and_says_so() -> None:
    tariff = Tariff(len, lambda _model, _usage: None, "1")
    said = StoredMessage(id=uuid4(), role=Role.USER, content="The blue bicycle?")
    bench = Bench(enhancer=Enhancer(ScriptedModel("no json"), tariff), history=(said,))
    found = await bench.gather("What does it cost?")
    assert bench.finder.asked[0].query == "What does it cost?"
    assert (found.query, found.error) == (None, "query_unreadable")
    assert SEARCHED[0] in texts(found)


def test_the_gist_of_a_long_message_is_its_beginning_and_its_end() -> None:
    gist = gist_of("begin " + "middle " * 2_000 + "end")
    assert gist.startswith("begin")
    assert gist.endswith("end")
    assert len(gist) <= 2_001


def test_the_gist_is_what_stands_around_addresses() -> None:
    assert gist_of("What does https://a.example/p?q=1 say\nof the warranty?") == (
        "What does say of the warranty?"
    )
    assert gist_of("https://a.example/halo") == "https://a.example/halo"
    assert gist_of("Two\n\nparagraphs") == "Two\n\nparagraphs"
