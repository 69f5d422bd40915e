"""From an address to an answer, as somebody who has never been here."""

from playwright.async_api import expect

from tests.browser.chat import Chat, words
from tests.browser.conftest import Open
from tests.browser.stored import Stored


async def test_a_new_user_signs_in_asks_and_sees_the_answer_stream(
    visit: Open, stored: Stored
) -> None:
    page = await (await visit(None)).open("/")
    people = page.get_by_role("region", name="People")
    await people.get_by_role("button", name="Ben").click()

    await expect(page.get_by_role("heading", name="What are you working on?")).to_be_visible()
    chat = Chat(page)
    await expect(chat.box).to_be_focused()
    await chat.send("Where do campaigns begin?\n@offline tokens=20000 gap_ms=10")

    await chat.says("w3")
    await chat.stop.click()
    await chat.is_idle()
    await chat.send("And where do they end?\n@offline tokens=30 gap_ms=10")
    # Not the last word: once all is there, the next line of the page stands right behind it.
    await chat.says("w28")
    await expect(chat.answers).to_have_count(2)
    await chat.is_idle()
    conversation = await chat.id()
    for place, answer in enumerate(await stored.contents(conversation, "assistant")):
        shown = await chat.answers.nth(place).inner_text()
        assert words(shown) == words(answer) == answer.split()
    await expect(chat.conversation("Where do campaigns begin")).to_be_visible()

    await page.get_by_role("button", name="Ben").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(people).to_be_visible()
    await page.goto(f"{page.url.partition('/sign-in')[0]}/c/{conversation}")
    await expect(people).to_be_visible()
