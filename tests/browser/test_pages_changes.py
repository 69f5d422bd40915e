"""What others change while a page is open, and what is written there meanwhile."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx2
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Open
from tests.browser.furnished import ask_approval
from tests.browser.visit import FAILED_REQUESTS
from tests.waiting import until


async def test_an_approved_call_is_followed_until_it_has_run(
    visit: Open, http: httpx2.AsyncClient
) -> None:
    page = await (await visit()).open("/")
    _, waiting = await ask_approval(http, "Decided in the inbox")
    early, seen = 0, asyncio.Event()

    async def still_waits(route: Route) -> None:
        """As a worker that takes its time would have it."""
        nonlocal early
        answer = await route.fetch()
        approval: dict[str, Any] = await answer.json()
        if approval["state"] == "approved" and not seen.is_set():
            early += 1
            approval |= {"executed_at": None}
        await route.fulfill(response=answer, json=approval)

    reading = f"**/v1/approvals/{waiting}"
    await page.route(reading, lambda route: _only_reads(route, still_waits))
    await page.goto(f"{page.url}inbox?approval={waiting}")
    await page.get_by_role("button", name="Approve", exact=True).click()
    outcome = page.get_by_role("region", name="What was decided", exact=True)
    await expect(outcome).to_contain_text("It has not run yet.")
    await expect(page.get_by_role("article")).to_be_focused()
    # It is asked for again.
    await until(lambda: early > 1)
    seen.set()
    await expect(outcome).to_contain_text("It ran")


async def _only_reads(route: Route, then: Any) -> None:  # noqa: ANN401 - a handler of Playwright's
    await (then(route) if route.request.method == "GET" else route.continue_())


async def _opened(page: Page, origin: str, agent: str) -> None:
    await page.goto(f"{origin}/agents/{agent}")
    await page.get_by_role("button", name="Edit", exact=True).click()


async def test_an_agent_that_two_people_edit_keeps_what_both_wrote(
    visit: Open, http: httpx2.AsyncClient
) -> None:
    name = f"shared_{uuid4().hex[:8]}"
    made = {"name": name, "description": "Before.", "instructions": "Be kind.", "tools": []}
    (await http.post("/v1/agents", json=made)).raise_for_status()
    visitor = await visit()
    visitor.forgiven.append(FAILED_REQUESTS)
    page = await visitor.context.new_page()
    await _opened(page, visitor.origin, name)
    dialog = page.get_by_role("dialog", name=f"Edit {name}")
    await dialog.get_by_role("textbox", name="Instructions").fill("Be brief.")

    # Escape asks, and asks once more to be sure.
    await page.keyboard.press("Escape")
    await page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    await dialog.get_by_text("Tools and approvals").click()
    await dialog.get_by_role("button", name="calculator").click()
    await expect(dialog.get_by_role("textbox", name="Tools")).to_have_value("calculator")
    change = {"description": "After.", "expected": 1}
    (await http.patch(f"/v1/agents/{name}", json=change)).raise_for_status()
    await dialog.get_by_role("button", name="Save", exact=True).click()
    await dialog.get_by_role("button", name="Save on top of version 2").click()
    await expect(dialog).to_be_hidden()

    agent = (await http.get(f"/v1/agents/{name}")).json()["agent"]
    kept = [agent[field] for field in ("version", "description", "instructions", "tools")]
    assert kept == [3, "After.", "Be brief.", ["calculator"]]
    (await http.delete(f"/v1/agents/{name}")).raise_for_status()


async def test_a_trial_run_goes_on_behind_another_tab_of_its_agent(visit: Open) -> None:
    page = await (await visit("Ben")).open("/agents/direct?tab=try")
    await page.get_by_label("What you would ask it").fill("Speak.\n@offline reply=Spoken.")
    await page.keyboard.press("Control+Enter")
    await page.get_by_role("tab", name="Instructions").click()
    await expect(page.get_by_role("tabpanel", name="Instructions")).to_be_visible()
    await page.get_by_role("tab", name="Try it").click()
    await expect(page.get_by_role("region", name="Answer")).to_contain_text("Spoken.")


async def test_a_budget_s_other_limit_stays(visit: Open, http: httpx2.AsyncClient) -> None:
    page = await (await visit()).open("/usage")
    for limit, value in (("Tokens a month", "900000000"), ("US dollars a month", "5000")):
        await page.get_by_role("button", name="Set a budget").click()
        dialog = page.get_by_role("dialog", name="Set a budget")
        await dialog.get_by_role("spinbutton", name=limit).fill(value)
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_be_hidden()
        row = page.get_by_role("row", name="The whole space")
        await expect(row).to_contain_text(f"{int(value):,}")

    budgets = (await http.get("/v1/budgets")).json()["budgets"]
    (await http.put("/v1/budgets", json={"holder": "space"})).raise_for_status()
    assert [(one["tokens"], float(one["cost_usd"])) for one in budgets] == [(900_000_000, 5_000)]
