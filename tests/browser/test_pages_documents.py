"""Documents on bad connections, in large numbers, and gone."""

import re

import httpx2
from playwright.async_api import FilePayload, Page, Route, expect

from local.stack import Stack
from tests.browser.conftest import Open
from tests.browser.furnished import add_document
from tests.browser.shelves import shelve
from tests.browser.visit import FAILED_REQUESTS

MANY = 1_000
FAR = 150
# A window's height of rows, and what the list keeps on either side.
MOST_DRAWN = 60
UPLOAD = re.compile(r"/v1/documents$")


async def drop(page: Page, *names: str) -> None:
    """Choose files of these names, each with its name in it."""
    await page.get_by_role("button", name="Add documents").click()
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Choose files").click()
    await (await choosing.value).set_files(
        [FilePayload(name=one, mimeType="text/plain", buffer=f"{one}.".encode()) for one in names]
    )


async def first_drawn(page: Page) -> int:
    """The number of the first row that stands in the document."""
    row = page.get_by_role("table", name="Documents").get_by_role("link").first
    return int((await row.inner_text()).removeprefix("Paper "))


async def test_uploads_go_on_after_a_cut_a_crowd_and_a_tunnel(visit: Open) -> None:
    visitor = await visit("Ben")
    visitor.forgiven.append(FAILED_REQUESTS)
    page = await visitor.open("/documents")
    uploads = page.get_by_role("region", name="Uploads")
    answers = ["cut", "crowded"]

    async def server(route: Route) -> None:
        if route.request.method != "POST" or not answers:
            await route.continue_()
        elif answers.pop(0) == "cut":
            await route.abort("connectionreset")
        else:
            crowd = {"code": "rate_limited", "detail": "Too many."}
            await route.fulfill(status=429, headers={"retry-after": "1"}, json=crowd)

    await page.route(UPLOAD, server)
    await drop(page, "cut.txt")
    await expect(uploads).to_contain_text("1 of 1 file sent")
    assert answers == []

    await visitor.context.set_offline(offline=True)
    # The dialog's own code is here already; its files go nowhere yet.
    await drop(page, "tunnel.txt", "bridge.txt")
    await expect(uploads).to_contain_text("You are offline. They are sent when")
    await visitor.context.set_offline(offline=False)
    await expect(uploads).to_contain_text("3 of 3 files sent")


async def test_files_that_wait_are_not_sent_by_who_signs_in_next(visit: Open) -> None:
    visitor = await visit("Ada")
    visitor.forgiven.append(FAILED_REQUESTS)
    page = await visitor.open("/documents")
    crowd = {"code": "rate_limited", "detail": "Too many."}
    headers = {"retry-after": "60"}
    await page.route(UPLOAD, lambda route: route.fulfill(status=429, headers=headers, json=crowd))
    await drop(page, "hers.txt")
    uploads = page.get_by_role("region", name="Uploads")
    await expect(uploads).to_contain_text("hers.txt")
    await expect(uploads).to_contain_text("Holdfast takes no more just now.")

    await page.get_by_role("button", name="Ada").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await page.get_by_role("button", name="Dora").click()
    await page.get_by_role("link", name="Documents").click()

    await expect(page.get_by_role("searchbox", name="Search titles")).to_be_visible()
    await expect(uploads).to_have_count(0)


async def test_a_thousand_documents_are_drawn_as_they_are_seen_and_found_again_where_left(
    visit: Open, stack: Stack
) -> None:
    visitor = await visit("Dora")
    session = await (await visitor.context.request.get(f"{stack.api}/v1/session")).json()
    page = await visitor.open("/documents")
    await expect(page.get_by_role("main")).to_contain_text("No documents yet")
    await shelve(stack, session, MANY)
    await page.reload()
    rows = page.get_by_role("table", name="Documents").get_by_role("link")
    await expect(rows.first).to_have_text("Paper 1")
    # Over the end of the first page of the list.
    await page.mouse.move(700, 500)
    while await first_drawn(page) < FAR:
        await page.mouse.wheel(0, 2_000)
    assert await rows.count() < MOST_DRAWN

    await rows.nth(6).click()
    title = page.get_by_role("heading", name="Paper")
    await expect(title).to_be_visible()
    place = await title.inner_text()
    await page.go_back()
    await expect(page.get_by_role("link", name=place, exact=True)).to_be_in_viewport()


async def test_what_was_deleted_elsewhere_says_so_where_it_is_open(
    visit: Open, http: httpx2.AsyncClient
) -> None:
    visitor = await visit("Ben")
    visitor.forgiven.append(FAILED_REQUESTS)
    document = await add_document(http, "short-lived.txt", b"Not for long.")
    page = await visitor.context.new_page()
    await page.clock.install()
    await page.goto(f"{visitor.origin}/documents/{document}")
    await expect(page.get_by_role("main")).to_contain_text("Not for long.")
    (await http.delete(f"/v1/documents/{document}")).raise_for_status()
    # Somebody comes back to the tab after a while.
    await page.clock.fast_forward(60_000)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")

    await expect(page.get_by_role("main")).to_contain_text("There is no such document")
    await expect(page.get_by_role("main")).not_to_contain_text("Not for long.")
    await expect(page.get_by_role("button", name="Edit")).to_have_count(0)


async def test_a_page_without_a_network_says_so_and_comes_by_itself_with_it(visit: Open) -> None:
    visitor = await visit()
    visitor.forgiven += [FAILED_REQUESTS, re.compile("Failed to fetch dynamically imported")]
    page = await visitor.open("/documents")
    await expect(page.get_by_role("searchbox", name="Search titles")).to_be_visible()
    await visitor.context.set_offline(offline=True)
    await page.get_by_role("link", name="Usage").click()
    await expect(page.get_by_role("main")).to_contain_text("You are offline.")
    await visitor.context.set_offline(offline=False)
    await expect(page.get_by_role("heading", name="Usage")).to_be_visible()
