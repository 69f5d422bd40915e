"""Approvals that wait in a chat, decided wherever people are."""

import pytest
from playwright.async_api import Browser, Page, expect

from local.stack import Stack
from tests.browser.approvals import asking, card, slack
from tests.browser.chat import Chat
from tests.browser.conftest import Open

RAN = "publish_note answered:"


async def asked(page: Page, title: str) -> Chat:
    chat = Chat(page)
    await chat.send(asking(title))
    await expect(card(page)).to_contain_text(title)
    return chat


async def test_what_is_approved_in_slack_goes_on_in_the_chat(
    visit: Open, browser: Browser, stack: Stack
) -> None:
    page = await (await visit()).open("/")
    chat = await asked(page, "Spring, from Slack")

    async with slack(browser, stack) as workspace:
        message = workspace.get_by_role("article").filter(has_text="Spring, from Slack")
        await message.get_by_role("button", name="Approve").click()
        await expect(message.get_by_role("button", name="Approve")).to_have_count(0)

    await expect(chat.answers).to_contain_text(RAN)
    await chat.is_idle()
    await expect(card(page)).to_have_count(0)
    decided = chat.answers.get_by_text("publish_note was approved")
    await expect(decided).to_be_visible()
    await expect(chat.answers.get_by_text("in Slack")).to_be_visible()


async def test_a_denial_with_its_reason_reaches_the_model(visit: Open) -> None:
    page = await (await visit()).open("/")
    chat = await asked(page, "Summer, denied")

    await card(page).get_by_role("button", name="Deny").click()
    await page.get_by_role("textbox", name="Why?").fill("Nobody has read it yet.")
    await card(page).get_by_role("button", name="Deny").click()

    await expect(chat.answers).to_contain_text("publish_note was denied")
    await chat.is_idle()
    await expect(chat.answers).to_contain_text(RAN)
    said = chat.answers.get_by_role("paragraph").filter(has_text=RAN)
    await expect(said).to_contain_text("Nobody has read it yet.")


@pytest.mark.parametrize("where", ["card", "inbox"])
async def test_what_is_approved_in_the_app_goes_on_in_the_chat(visit: Open, where: str) -> None:
    visitor = await visit()
    page = await visitor.open("/")
    chat = await asked(page, f"Autumn, by the {where}")

    if where == "card":
        await card(page).get_by_role("button", name="Approve").click()
    else:
        inbox = await visitor.open("/inbox")
        await inbox.get_by_role("navigation", name="Approvals").get_by_role("link").first.click()
        await expect(inbox.get_by_role("article")).to_contain_text("Autumn, by the inbox")
        await inbox.get_by_role("button", name="Approve", exact=True).click()
        await expect(inbox.get_by_text("Approved by you")).to_be_visible()

    await expect(chat.answers).to_contain_text(RAN)
    await chat.is_idle()
    await expect(chat.answers).to_contain_text("publish_note was approved")
