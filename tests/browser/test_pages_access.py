"""Who may see what, how they come there, and all of it for everybody."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import axe, violations
from tests.browser.conftest import Open
from tests.browser.furnished import Furnished
from tests.browser.visit import FAILED_REQUESTS

# Where a dialog is, and what is pressed on the way to it.
DIALOGS = {
    "Add documents": ("/documents", ["Add documents"]),
    "Close without saving?": ("/documents/{document}", ["Edit"]),
    "New collection": ("/collections", ["New collection"]),
    "Edit general": ("/agents/general", ["Edit"]),
    "Your new key": ("/settings", ["New key"]),
}
KEYS = "**/v1/api-keys"


@pytest.mark.parametrize("path", ["/documents?query=tone&status=ready", "/slack#token=whole"])
async def test_who_follows_a_link_and_signs_in_is_where_it_leads(visit: Open, path: str) -> None:
    visitor = await visit(None)
    visitor.forgiven.append(FAILED_REQUESTS)
    page = await visitor.open(path)
    await page.get_by_role("button", name="Ada").click()
    await expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    await expect(page).to_have_url(f"{visitor.origin}{path}")


async def test_nothing_of_a_space_is_shown_to_who_is_not_in_it(
    visit: Open, furnished: Furnished
) -> None:
    visitor = await visit("Dora")
    visitor.forgiven.append(FAILED_REQUESTS)
    page = await visitor.open("/")
    refused = {
        f"/documents/{furnished.document}": "There is no such document",
        f"/inbox?approval={furnished.approval}": "There is no such approval",
        f"/c/{furnished.conversation}/turns/{furnished.turn}": "There is nothing to look into",
        "/agents/nobody": "There is no agent “nobody”",
        "/collections?name=nothing": "There is no collection “nothing”",
    }
    for path, words in refused.items():
        await page.goto(f"{visitor.origin}{path}")
        await expect(page.get_by_role("main")).to_contain_text(words)


async def test_a_viewer_reads_and_is_told_who_may_do_more(
    visit: Open, furnished: Furnished
) -> None:
    visitor = await visit("Vic")
    page = await visitor.open(f"/documents/{furnished.document}")
    await expect(page.get_by_role("main")).to_contain_text("the old harbour")
    await expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    for path, words in {
        "/agents/general?tab=try": "Ask one of its admins",
        "/usage?by=user": "Ask one of its admins",
        "/settings": "Only admins of this space can change this.",
    }.items():
        await page.goto(f"{visitor.origin}{path}")
        await expect(page.get_by_role("main")).to_contain_text(words)


async def test_axe_finds_nothing_in_the_dialogs_of_the_pages(
    visit: Open, furnished: Furnished
) -> None:
    visitor = await visit()
    await visitor.context.add_init_script(axe())
    page = await visitor.open("/")
    found = {}
    for title, (path, presses) in DIALOGS.items():
        await page.goto(f"{visitor.origin}{path.format(**vars(furnished))}")
        for name in presses:
            await page.get_by_role("button", name=name, exact=True).click()
        await _fill(page, title)
        await expect(page.get_by_role("heading", name=title)).to_be_visible()
        found[title] = await violations(page)

    assert found == {title: [] for title in DIALOGS}


async def test_the_first_key_of_a_list_leaves_its_own_dialog_open(visit: Open) -> None:
    visitor = await visit()
    await visitor.context.route(KEYS, lambda route: route.fulfill(json={"items": []}))
    page = await visitor.open("/settings")
    await expect(page.get_by_text("There are no keys yet.")).to_be_visible()
    await page.get_by_role("button", name="New key").click()
    await visitor.context.unroute(KEYS)
    # Whatever the list would have to fetch before it is drawn never comes.
    await page.route("**/assets/**", lambda _: None)
    await _make_key(page, "The first")
    row = page.get_by_role("cell", name="The first", include_hidden=True).first
    await expect(row).to_be_visible()
    await expect(page.get_by_role("dialog", name="Your new key")).to_be_visible()


async def _fill(page: Page, title: str) -> None:
    dialog = page.get_by_role("dialog")
    if title == "Close without saving?":
        await dialog.get_by_label("Author").fill("Somebody")
        await page.keyboard.press("Escape")
    if title == "Edit general":
        await dialog.get_by_text("Tools and approvals").click()
    if title == "Your new key":
        await _make_key(page, "For a test")


async def _make_key(page: Page, name: str) -> None:
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_role("button", name="Make it").click()
