"""A whole session without a mouse: nobody is ever left without a place to go on from."""

import re

import httpx2
from playwright.async_api import Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.browser.furnished import Furnished, ask_about

# Once around: two for each conversation in the sidebar, and others have begun many.
STOPS = 300
_NOWHERE = "() => document.activeElement === document.body"


async def reach(page: Page, name: str | re.Pattern[str], key: str = "Tab") -> None:
    """Go on with Tab until the button of that name has the focus."""
    wanted = page.get_by_role("button", name=name)
    # It comes with the history, which may come later than the answer's end.
    await expect(wanted.last).to_be_visible()
    for _ in range(STOPS):
        await page.keyboard.press(key)
        if await wanted.and_(page.locator(":focus")).count():
            return
    raise AssertionError(f"{key} never reached {name!r}")


async def test_one_signs_in_asks_stops_edits_and_walks_through_versions(visit: Open) -> None:
    page = await (await visit(None)).open("/")
    chat, keys = Chat(page), page.keyboard
    await reach(page, "Ada")
    await keys.press("Enter")
    await expect(chat.box).to_be_focused()

    await keys.insert_text("Count.\n@offline tokens=20000 gap_ms=15")
    await keys.press("Enter")
    await chat.says("w5")
    await keys.press("Escape")
    await expect(chat.answers).to_contain_text("Stopped.")
    await chat.is_idle()
    await expect(chat.box).to_be_focused()

    await keys.press("ArrowUp")
    new = page.get_by_role("textbox", name="New version of the message")
    await expect(new).to_be_focused()
    await keys.press("Escape")
    await expect(chat.box).to_be_focused()
    await keys.press("ArrowUp")
    await expect(new).to_be_focused()
    await keys.press("Control+a")
    await keys.insert_text("Say it.\n@offline reply=Said.")
    await keys.press("Control+Enter")
    await expect(chat.answers).to_contain_text("Said.")
    await chat.is_idle()
    await expect(chat.box).to_be_focused()

    await reach(page, "The one before", "Shift+Tab")
    await keys.press("Enter")
    await expect(chat.answers).to_contain_text("Stopped.")
    await expect(page.get_by_role("button", name="The next one")).to_be_focused()
    await keys.press("Enter")
    await expect(chat.answers).to_contain_text("Said.")
    await expect(page.get_by_role("button", name="The one before")).to_be_focused()

    await reach(page, "Another answer")
    await keys.press("Enter")
    await expect(page.get_by_role("group", name="Answers to this message")).to_contain_text("2/2")
    await chat.is_idle()
    await expect(chat.box).to_be_focused()


async def test_one_opens_a_citation_goes_elsewhere_renames_and_deletes(
    visit: Open, http: httpx2.AsyncClient, furnished: Furnished
) -> None:
    conversation = await ask_about(http, furnished.document)
    page = await (await visit()).open(f"/c/{conversation}")
    chat, keys = Chat(page), page.keyboard
    source = page.get_by_role("button", name=re.compile("^Source 1"))
    await expect(source.last).to_be_visible()
    await chat.box.focus()
    await reach(page, re.compile("^Source 1"), "Shift+Tab")
    await keys.press("Enter")
    await expect(page.get_by_test_id("cited-passage")).to_be_visible()
    await keys.press("Escape")
    await expect(source.last).to_be_focused()

    await keys.press("/")
    await expect(chat.box).to_be_focused()
    await reach(page, re.compile("^Options of"), "Shift+Tab")
    options = page.get_by_role("main").get_by_role("button", name=re.compile("^Options of"))
    await keys.press("Enter")
    await page.get_by_role("menuitem", name="Rename").press("Enter")
    await expect(page.get_by_role("textbox", name="New title")).to_be_focused()
    await keys.insert_text("Renamed by hand")
    await keys.press("Enter")
    await expect(page.get_by_test_id("title")).to_have_text("Renamed by hand")
    await expect(options).to_be_focused()

    await keys.press("Control+k")
    await expect(page.get_by_role("combobox")).to_be_focused()
    await keys.insert_text("Inbox")
    await expect(page.get_by_role("option", name="Inbox")).to_have_attribute(
        "aria-selected", "true"
    )
    await keys.press("Enter")
    await expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    assert not await page.evaluate(_NOWHERE)
    await page.go_back()
    await expect(page.get_by_test_id("title")).to_have_text("Renamed by hand")
    await expect(options).to_be_visible()
    await options.focus()
    await keys.press("Enter")
    await page.get_by_role("menuitem", name="Delete").press("Enter")
    await expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    await reach(page, "Delete")
    await keys.press("Enter")
    await expect(page.get_by_text("What are you working on?")).to_be_visible()
    await expect(chat.box).to_be_focused()
    await expect(chat.conversation("Renamed by hand")).to_have_count(0)


async def test_characters_alone_do_nothing_once_they_are_switched_off(
    visit: Open, furnished: Furnished
) -> None:
    visitor = await visit()
    page = await visitor.open(f"/inbox?approval={furnished.approval}")
    keys, dialog = page.keyboard, page.get_by_role("dialog")
    await expect(page.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    await keys.press("?")
    await expect(dialog).to_contain_text("Approve, in the inbox")
    await keys.press("Escape")
    await expect(dialog).to_have_count(0)
    await keys.press("d")
    await expect(dialog).to_contain_text("Deny publish_note?")
    await keys.press("Escape")

    pages = page.get_by_role("navigation", name="Pages")
    await page.get_by_role("button", name=re.compile("^Ada")).click()
    await page.get_by_role("menuitem", name="Settings").click()
    await page.get_by_role("checkbox", name="Shortcuts of a single character").uncheck()
    await pages.get_by_role("link", name="Inbox").click()
    await page.get_by_role("navigation", name="Approvals").get_by_role("link").first.click()
    await expect(page.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    for key in "jkad/?":
        await keys.press(key)
    # What is pressed with another key still does what it did; nothing else has opened.
    await keys.press("Control+k")
    await expect(dialog).to_have_accessible_name("Search and go to")
    await keys.press("Escape")
    await page.get_by_role("button", name=re.compile("^Ada")).click()
    await page.get_by_role("menuitem", name="Keyboard shortcuts").click()
    await expect(dialog).to_contain_text("are switched off in the settings")
    await expect(dialog).not_to_contain_text("in the inbox")
