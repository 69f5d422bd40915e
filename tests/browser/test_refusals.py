"""What is refused is said: no list that failed looks empty, and no change is lost in silence."""

import asyncio
import json
import re
from typing import Final

import httpx2
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import Open
from tests.browser.furnished import Furnished, ask_approval
from tests.browser.stored import Stored
from tests.browser.visit import FAILED_REQUESTS, Visit

WHY: Final = "Not while the moon is up."


async def refuse(route: Route) -> None:
    body = json.dumps({"code": "moon", "detail": WHY})
    await route.fulfill(status=403, content_type="application/problem+json", body=body)


async def _visited(visit: Open, path: str, *refused: str | re.Pattern[str]) -> tuple[Visit, Page]:
    """With those addresses refused from the first."""
    visitor = await visit()
    visitor.forgiven.append(FAILED_REQUESTS)
    page = await visitor.context.new_page()
    for address in refused:
        await page.route(address, refuse)
    await page.goto(f"{visitor.origin}{path}")
    return visitor, page


def _toast(page: Page, text: str) -> Locator:
    return page.locator("[data-sonner-toast]").filter(has_text=text)


async def test_sharing_says_what_did_not_work(visit: Open, furnished: Furnished) -> None:
    given = f"/v1/conversations/{furnished.conversation}/shares"
    visitor, page = await _visited(visit, "/", f"**{given}")
    # As on an address without TLS.
    await page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    await page.goto(f"{visitor.origin}/c/{furnished.conversation}")
    await page.get_by_role("main").get_by_role("button", name=re.compile("^Options of")).click()
    await page.get_by_role("menuitem", name="Share").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("alert")).to_contain_text(WHY)
    await page.unroute(f"**{given}")
    await dialog.get_by_role("button", name="Try again").click()

    await page.route(f"**{given}/*", refuse)
    await dialog.get_by_role("button", name="Revoke").click()
    await expect(_toast(page, WHY)).to_be_visible()
    await expect(dialog.get_by_role("button", name="Revoke")).to_be_visible()

    await dialog.get_by_role("button", name="Make a link").click()
    await dialog.get_by_role("button", name="Copy").click()
    await expect(_toast(page, "The link is selected")).to_be_visible()


async def test_a_verdict_that_failed_behind_the_next_one_is_said(
    visit: Open, http: httpx2.AsyncClient
) -> None:
    _, first = await ask_approval(http, "Decided in a hurry")
    _, second = await ask_approval(http, "Looked at meanwhile")
    _, page = await _visited(visit, f"/inbox?approval={first}")
    walked = asyncio.Event()

    async def late(route: Route) -> None:
        if route.request.method == "POST":
            await walked.wait()
            await refuse(route)
        else:
            await route.continue_()

    await page.route(f"**/v1/approvals/{first}", late)
    await page.get_by_role("button", name="Approve", exact=True).click()
    listed = page.get_by_role("navigation", name="Approvals")
    await listed.locator(f'a[href*="{second}"]').click()
    await expect(page.get_by_role("article")).to_contain_text("Looked at meanwhile")
    walked.set()
    await expect(_toast(page, WHY)).to_be_visible()
    for approval in (first, second):
        waits = (await http.get(f"/v1/approvals/{approval}")).json()
        verdict = {"decision": "deny", "note": "", "arguments_hash": waits["arguments_hash"]}
        (await http.post(f"/v1/approvals/{approval}", json=verdict)).raise_for_status()


async def test_lists_that_failed_do_not_look_empty(visit: Open, stored: Stored) -> None:
    await stored.begin("Listed all the same")
    pinned, searched = re.compile(r"conversations\?.*pinned="), re.compile(r"\?.*query=Zanzibar")
    _, page = await _visited(visit, "/", pinned, searched, "**/v1/agents")
    listed = page.get_by_role("navigation", name="Conversations")
    await expect(listed.get_by_role("alert")).to_contain_text(WHY)
    await expect(listed.get_by_role("link", name="Listed all the same")).to_be_visible()

    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("combobox")
    await page.keyboard.press("Control+k")
    await field.fill("Zanzibar")
    await expect(dialog.get_by_role("alert")).to_contain_text(WHY)
    await expect(dialog).not_to_contain_text("Nothing was found.")
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Agent: general").click()
    await expect(page.get_by_role("menu")).to_contain_text(WHY)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Name a document").click()
    await field.fill("Zanzibar")
    await expect(dialog.get_by_role("alert")).to_contain_text(WHY)
    await expect(dialog).not_to_contain_text("No document has this")


async def test_the_answer_of_a_run_that_was_not_told_is_asked_for_again(
    visit: Open, http: httpx2.AsyncClient
) -> None:
    run = {"agent": "direct", "input": "Speak.\n@offline reply=Spoken."}
    answer = await http.post("/v1/runs", json=run, headers={"prefer": "wait=60"})
    made = answer.raise_for_status().json()["conversation_id"]
    asked = f"**/v1/runs/{made}"
    _, page = await _visited(visit, f"/runs/{made}", asked)
    await expect(page.get_by_role("main").get_by_role("alert")).to_contain_text(WHY)
    await page.unroute(asked)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("region", name="Answer")).to_contain_text("Spoken.")


async def test_a_link_that_is_taken_back_while_it_is_read_says_so(
    visit: Open, furnished: Furnished
) -> None:
    async def taken_back(route: Route) -> None:
        if "cursor" in route.request.url:
            await refuse(route)
            return
        answer = await route.fetch()
        await route.fulfill(response=answer, json=await answer.json() | {"next_cursor": "there"})

    visitor, page = await _visited(visit, "/")
    await page.route("**/v1/shared/*", taken_back)
    await page.goto(f"{visitor.origin}{furnished.share}")
    await page.get_by_role("button", name="Show more").click()
    await expect(page.get_by_role("alert")).to_contain_text(WHY)
    await expect(page.get_by_role("main")).to_contain_text("The tone of voice")
