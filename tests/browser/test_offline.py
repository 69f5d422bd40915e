"""What is written without a network."""

import re

from playwright.async_api import expect

from local.stack import Stack
from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.browser.seeding import talk
from tests.browser.stored import Stored
from tests.browser.visit import FAILED_REQUESTS
from tests.waiting import until

# Turns: those of a conversation, and those that a page reads first.
SOME = 30
NEWEST = 20
WORDS = "In other words.\n@offline reply=Else."
OLDER = re.compile(r"/messages\?.*cursor=")


async def test_what_is_written_offline_waits_and_is_sent_once(visit: Open, stored: Stored) -> None:
    visitor = await visit()
    visitor.forgiven.append(FAILED_REQUESTS)
    conversation = await stored.begin("On a train")
    page = await visitor.open(f"/c/{conversation}")
    chat = Chat(page)
    await chat.send("While there was a network.\n@offline reply=Before.")
    await chat.is_idle()

    await visitor.context.set_offline(offline=True)
    await expect(page.get_by_text("You are offline.")).to_be_visible()
    await chat.send("In the tunnel.\n@offline reply=After.")
    await expect(chat.questions.last).to_contain_text("Not sent yet")
    # The page dies in the tunnel; another is opened behind it.
    await page.close()
    await visitor.context.set_offline(offline=False)
    page = await visitor.open(f"/c/{conversation}")
    chat = Chat(page)

    await expect(chat.answers).to_contain_text(["Before.", "After."])
    await chat.is_idle()
    sent = await stored.contents(conversation, "user")
    assert [text.partition("\n")[0] for text in sent] == [
        "While there was a network.",
        "In the tunnel.",
    ]
    assert await stored.contents(conversation, "assistant") == ["Before.", "After."]


async def test_a_page_that_comes_back_online_sends_what_waits(visit: Open, stored: Stored) -> None:
    visitor = await visit()
    visitor.forgiven.append(FAILED_REQUESTS)
    page = await visitor.open("/")
    chat = Chat(page)
    await expect(chat.box).to_be_visible()
    await visitor.context.set_offline(offline=True)
    await chat.send("The first word was in a tunnel.\n@offline reply=Heard.")
    await expect(chat.questions).to_contain_text("Not sent yet")
    conversation = await chat.id()
    await visitor.context.set_offline(offline=False)

    await expect(chat.answers).to_contain_text("Heard.")
    await chat.is_idle()
    assert len(await stored.contents(conversation, "user")) == 1
    assert await stored.contents(conversation, "assistant") == ["Heard."]


async def test_an_edit_that_cannot_go_out_yet_stays_where_it_is_written(
    visit: Open, stack: Stack, stored: Stored
) -> None:
    visitor = await visit()
    visitor.forgiven.append(FAILED_REQUESTS)
    said = [(f"Question {number} of some", f"Answer {number}.") for number in range(SOME)]
    conversation = await talk(stack, "More than a page", said)
    # What the oldest one of the first page stands behind cannot be had.
    await visitor.context.route(OLDER, lambda route: route.abort())
    page = await visitor.open(f"/c/{conversation}")
    chat = Chat(page)
    await chat.is_idle()
    oldest = chat.questions.filter(has_text=f"Question {SOME - NEWEST} of")

    async def is_at_the_top() -> bool:
        await page.get_by_role("region", name="Messages").press("Home")
        return await oldest.is_visible()

    await until(is_at_the_top)
    await oldest.hover()
    await oldest.get_by_role("button", name="Edit and send again").click()
    new = page.get_by_role("textbox", name="New version of the message")
    await new.fill(WORDS)
    async with page.expect_event("requestfailed", lambda one: bool(OLDER.search(one.url))):
        await new.press("Control+Enter")
    await expect(new).to_be_editable()
    await expect(new).to_have_value(WORDS)

    await visitor.context.unroute(OLDER)
    await new.press("Control+Enter")
    await expect(chat.answers.last).to_contain_text("Else.")
    await chat.is_idle()
    said_now = await stored.contents(conversation, "user")
    assert [text.partition("\n")[0] for text in said_now] == [
        *(question for question, _ in said[: SOME - NEWEST]),
        "In other words.",
    ]
