"""Every page for everybody: axe finds nothing, and the keyboard is enough."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import axe, violations
from tests.browser.approvals import asking, card
from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.browser.furnished import Furnished
from tests.browser.visit import FAILED_REQUESTS

# What each shows when it has come, within its main part.
PAGES = {
    "/": "What are you working on?",
    "/c/{conversation}": "The tone of voice",
    "/c/{rich}": "Print",
    "/c/{waiting}": "May publish_note run?",
    "/c/{conversation}/turns/{turn}": "Passages it was given",
    "/inbox": "publish_note",
    "/inbox?approval={approval}": "What will run, exactly",
    "/documents?query=Brand": "Brand guide",
    "/documents/{document}": "the old harbour",
    "/collections": "Collections",
    "/collections?name=general": "Try a search",
    "/agents": "general",
    "/agents/general": "Tools and approvals",
    "/agents/general?tab=instructions": "As it was written",
    "/agents/general?tab=versions": "Version",
    "/agents/general?tab=try": "What you would ask it",
    "/usage": "Tokens in",
    "/settings": "API keys",
    "/slack": "The link is not whole",
    "/nowhere": "There is nothing here",
}


async def come(page: Page, words: str) -> None:
    await expect(page.get_by_role("main")).to_contain_text(words)
    await expect(page.get_by_role("main")).not_to_contain_text("Loading")


async def test_axe_finds_nothing_on_any_page(visit: Open, furnished: Furnished) -> None:
    visitor = await visit()
    visitor.forgiven.append(FAILED_REQUESTS)
    await visitor.context.add_init_script(axe())
    page = await visitor.open("/")
    found: dict[str, list[str]] = {}
    for path, words in PAGES.items():
        where = path.format(**vars(furnished))
        await page.goto(f"{visitor.origin}{where}")
        await come(page, words)
        found[path] = await violations(page)

    assert found == {path: [] for path in PAGES}


@pytest.mark.parametrize(
    ("path", "words"), [("/sign-in", "Choose who you are"), ("{share}", "The tone of voice")]
)
async def test_axe_finds_nothing_where_nobody_is_signed_in(
    visit: Open, furnished: Furnished, path: str, words: str
) -> None:
    visitor = await visit(None)
    await visitor.context.add_init_script(axe())
    page = await visitor.open(path.format(**vars(furnished)))
    await come(page, words)

    assert await violations(page) == []


async def reach(page: Page, name: str) -> None:
    """Go on with Tab until that button has the focus."""
    for _ in range(60):
        focused = page.locator("button:focus")
        if await focused.count() and (await focused.inner_text()).strip() == name:
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"Tab never reached {name!r}")


async def test_a_message_is_sent_and_what_it_asks_for_approved_without_a_mouse(
    visit: Open,
) -> None:
    page = await (await visit()).open("/")
    chat = Chat(page)
    await expect(chat.box).to_be_focused()
    await page.keyboard.insert_text(asking("By keyboard"))
    await page.keyboard.press("Enter")
    await expect(card(page).get_by_role("button", name="Approve")).to_be_enabled()
    # From the top of the page, as whoever starts over.
    await page.evaluate("document.activeElement.blur()")
    await reach(page, "Approve")
    await page.keyboard.press("Enter")
    await expect(chat.answers).to_contain_text("publish_note was approved")
    await chat.is_idle()


async def test_the_inbox_is_walked_through_and_decided_by_letters(visit: Open) -> None:
    visitor = await visit()
    page = await visitor.open("/")
    chat = Chat(page)
    await chat.send(asking("By letters"))
    await expect(card(page)).to_contain_text("By letters")

    inbox = await visitor.open("/inbox")
    await expect(
        inbox.get_by_role("navigation", name="Approvals").get_by_role("link")
    ).not_to_have_count(0)
    await inbox.keyboard.press("j")
    await expect(inbox.get_by_role("article")).to_contain_text("By letters")
    await expect(inbox.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    await inbox.keyboard.press("a")
    sure = inbox.get_by_role("dialog", name="Approve publish_note?")
    await expect(sure.get_by_role("button", name="Approve")).to_be_focused()
    await inbox.keyboard.press("Enter")
    await expect(chat.answers).to_contain_text("publish_note was approved")
    await chat.is_idle()
