"""Keywords and result pages: what is counted, and that nothing is made up."""

import re
from collections.abc import Mapping

import pytest

from domain.page_audit import PageAudit
from domain.parsing.auditing import audit
from domain.phrases import shared
from domain.ports.page_audits import Measured
from domain.search_intent import intent, page_kind
from domain.tools.cited import Searches
from domain.tools.keywords import MOST_SEARCHES, keyword_tool
from domain.tools.serp import serp_tool
from models.errors import InvalidError, UnavailableError
from models.payloads.agent import Agent
from models.payloads.scope import Scope
from tests.tools.desk import Marks, Shelf, Web, a_context, a_page

FIRST = a_page(
    ("10 best waterproof trail shoes", "https://a.example/best", "Grip on wet rock matters most."),
    ("Trail running shoes | Shop", "https://shop.example/shop/trail", "Waterproof trail shoes."),
    ("How to clean trail shoes?", "https://c.example/clean", "Grip on wet rock needs clean lugs."),
    related=["trail shoes for women", "buy trail shoes"],
    questions=["Are trail shoes good for road running?"],
    features=["questions"],
)
OWN = [("general", "Shoe care", "How we clean trail shoes and buy lugs for women")]


async def test_keywords_come_with_where_they_are_from_their_intent_and_our_cover() -> None:
    web = Web({"trail shoes": FIRST})
    context = a_context()
    said = await keyword_tool(Searches(web), Shelf(OWN), Marks()).run(
        context, {"topic": "trail shoes"}
    )
    rows = {row.split("|")[1].strip(): row for row in said.splitlines() if row.startswith("| ")}
    assert "related search" in rows["buy trail shoes"]
    assert "transactional (“buy”)" in rows["buy trail shoes"]
    assert re.search(r"covered \[\d+\]", rows["buy trail shoes"])
    assert "question" in rows["are trail shoes good for road running"]
    assert "not found" in rows["are trail shoes good for road running"]
    assert "shared phrase" in rows["grip on wet rock"]
    assert rows["waterproof trail shoes"].split("|")[4].strip() == "2"
    assert "No search volume" in said
    assert {source.collection for source in context.sources} == {"", "general"}


async def test_no_volume_or_price_is_ever_named() -> None:
    said = await keyword_tool(Searches(Web({"trail shoes": FIRST})), Shelf(OWN), Marks()).run(
        a_context(), {"topic": "trail shoes"}
    )
    table = [row for row in said.splitlines() if row.startswith("|")]
    head = [cell.strip() for cell in table[0].split("|")[1:-1]]
    assert head == ["keyword", "from", "intent", "sites", "own documents"]


async def test_searches_are_few_and_those_that_fail_are_left_out() -> None:
    many = a_page(("T", "https://a.example/", "s"), related=[f"shoes {at}" for at in range(20)])
    web = Web({"shoes": many})
    tool = keyword_tool(Searches(web), Shelf(), Marks())
    await tool.run(a_context(), {"topic": "shoes"})
    assert len(web.asked) == MOST_SEARCHES
    broken = Web({"shoes": many}, most=2)
    said = await keyword_tool(Searches(broken), Shelf(), Marks()).run(
        a_context(), {"topic": "shoes"}
    )
    assert "Made from 2 searches" in said
    with pytest.raises(UnavailableError):
        await keyword_tool(Searches(Web(most=0)), Shelf(), Marks()).run(
            a_context(), {"topic": "shoes"}
        )


async def test_without_related_searches_shared_phrases_are_searched_for() -> None:
    bare = a_page(
        ("Waterproof trail shoes", "https://a.example/", "Grip on rock."),
        ("The waterproof trail shoes", "https://b.example/", "Grip on rock."),
    )
    web = Web({"trail shoes": bare})
    said = await keyword_tool(Searches(web), Shelf(), Marks()).run(
        a_context(), {"topic": "trail shoes"}
    )
    assert web.asked == ["trail shoes", "waterproof trail shoes"]
    assert "neither related searches nor questions" in said


async def test_a_provider_that_wants_a_moment_gets_it() -> None:
    web = Web({"trail shoes": FIRST}, limited=1)
    said = await keyword_tool(Searches(web), Shelf(), Marks()).run(
        a_context(), {"topic": "trail shoes"}
    )
    assert "Made from 4 searches" in said


async def test_an_agent_searches_its_own_collections_alone() -> None:
    shelf = Shelf([*OWN, ("secret", "Plan", "trail shoes plan")])
    agent = Agent(name="seo", collections=("general",))
    said = await keyword_tool(Searches(Web({"trail shoes": FIRST})), shelf, Marks()).run(
        a_context(agent=agent), {"topic": "trail shoes"}
    )
    assert "Shoe care" in said
    assert "Plan" not in said


class Pages:
    """PageAudits of HTML by address."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self.pages = pages

    async def of_page(self, scope: Scope, address: str) -> Measured:
        if address not in self.pages:
            raise InvalidError("no", code="url_refused")
        return Measured(self._audit(self.pages[address], address), len(self.pages[address]))

    async def of_text(self, scope: Scope, text: str, *, html: bool) -> Measured:
        return Measured(self._audit(text, ""), len(text))

    def _audit(self, html: str, url: str) -> PageAudit:
        return audit(html, url)


def an_article(*headings: str) -> str:
    body = "".join(
        f"<h2>{heading}</h2><p>We say much about {heading} here, for people who run.</p>"
        for heading in headings
    )
    return (
        f"<html lang=en><head><title>Shoes</title></head><body><h1>Shoes</h1>{body}</body></html>"
    )


async def test_results_are_analysed_and_gaps_named() -> None:
    pages = Pages(
        {
            "https://a.example/best": an_article("Heel drop", "Wet rock"),
            "https://shop.example/shop/trail": an_article("Heel drop", "Prices"),
            "https://us.example/shoes": an_article("Wet rock"),
        }
    )
    web = Web({"best trail shoes": FIRST})
    context = a_context()
    said = await serp_tool(Searches(web), pages, Marks()).run(
        context, {"query": "best trail shoes", "our_url": "https://us.example/shoes"}
    )
    assert "commercial (the query says “best”)" in said
    assert "list 1" in said
    assert "how-to 1" in said
    assert "product 1" in said
    assert "us.example is not among these 3 results" in said
    assert "https://c.example/clean: not read (url_refused)" in said
    assert "- heel drop (2 pages)" in said
    assert "wet rock (" not in said
    assert "People also ask" in said
    assert len(context.sources) == 3


async def test_a_page_of_ours_that_cannot_be_read_compares_nothing() -> None:
    said = await serp_tool(Searches(Web({"x": FIRST})), Pages({}), Marks()).run(
        a_context(), {"query": "x", "our_url": "https://a.example/best"}
    )
    assert "Our page could not be read (url_refused)" in said
    assert "a.example stands at place 1" in said


async def test_a_page_of_ours_that_ranks_is_not_compared_with_itself() -> None:
    pages = Pages(
        {
            "http://a.example/best/": an_article("Wet rock"),
            "https://shop.example/shop/trail": an_article("Heel drop"),
            "https://c.example/clean": an_article("Heel drop"),
        }
    )
    said = await serp_tool(Searches(Web({"x": FIRST})), pages, Marks()).run(
        a_context(), {"query": "x", "our_url": "http://a.example/best/", "open_pages": 2}
    )
    assert "a.example stands at place 1" in said
    assert "not read" not in said
    assert "- heel drop (2 pages)" in said


async def test_nothing_found_is_said() -> None:
    said = await serp_tool(Searches(Web()), Pages({}), Marks()).run(a_context(), {"query": "zzz"})
    assert "finds nothing for: zzz" in said


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("buy running shoes", "transactional"),
        ("running shoes price", "transactional"),
        ("best running shoes", "commercial"),
        ("asics vs brooks", "commercial"),
        ("strava login", "navigational"),
        ("how to lace running shoes", "informational"),
        ("pronation", "informational"),
        ("laufschuhe kaufen", "transactional"),
        ("laufschuhe vergleich", "commercial"),
    ],
)
def test_intent_is_told_by_words(query: str, kind: str) -> None:
    assert intent(query)[0] == kind


@pytest.mark.parametrize(
    ("title", "url", "kind"),
    [
        ("Shoes Inc.", "https://a.example/", "home"),
        ("7 shoes for mud", "https://a.example/mud", "list"),
        ("2026 shoe report", "https://a.example/report", "article"),
        ("Asics vs. Brooks", "https://a.example/b", "comparison"),
        ("Laces: a guide", "https://a.example/laces", "how-to"),
        ("Mud shoe", "https://a.example/products/mud", "product"),
        ("Why lugs?", "https://a.example/lugs", "question"),
    ],
)
def test_kinds_of_pages_are_told_by_title_and_address(title: str, url: str, kind: str) -> None:
    assert page_kind(title, url) == kind


def test_phrases_are_those_of_several_owners_and_the_longest_of_them() -> None:
    found = shared(
        [
            ("a", "The waterproof trail shoes of 2026"),
            ("b", "Waterproof trail shoes, tested"),
            ("a", "waterproof boots"),
        ]
    )
    assert [(phrase.text, phrase.owners) for phrase in found] == [
        ("waterproof trail shoes", ("a", "b"))
    ]
