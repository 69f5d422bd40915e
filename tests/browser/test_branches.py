"""Conversations as trees: other words, other answers, other paths."""

from playwright.async_api import expect

from local.stack import Stack
from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.browser.seeding import talk
from tests.browser.stored import Stored
from tests.waiting import until

FIRST = "Say one thing.\n@offline reply=One."
SECOND = "Go on.\n@offline reply=Two."


async def test_a_first_message_is_edited_and_its_versions_walked_through(
    visit: Open, stored: Stored
) -> None:
    page = await (await visit()).open("/")
    chat = Chat(page)
    await chat.send(FIRST)
    await chat.is_idle()
    await chat.send(SECOND)
    await expect(chat.answers).to_have_count(2)
    await chat.is_idle()

    await chat.questions.first.hover()
    await chat.questions.first.get_by_role("button", name="Edit and send again").click()
    new = page.get_by_role("textbox", name="New version of the message")
    await new.fill("Say another thing.\n@offline reply=Other.")
    await page.get_by_role("article").get_by_role("button", name="Send", exact=True).click()
    await expect(chat.answers).to_contain_text(["Other."])
    await chat.is_idle()
    await expect(chat.questions).to_have_count(1)

    versions = page.get_by_role("group", name="Versions of this message")
    await expect(versions).to_contain_text("2/2")
    await versions.get_by_role("button", name="The one before").click()
    await expect(chat.answers).to_contain_text(["One.", "Two."])
    await expect(versions).to_contain_text("1/2")
    await versions.get_by_role("button", name="The next one").click()
    await expect(chat.answers).to_contain_text(["Other."])
    assert await stored.contents(await chat.id(), "assistant") == ["Other."]


async def test_an_answer_is_given_again_forked_and_gone_back_to(
    visit: Open, stored: Stored
) -> None:
    page = await (await visit()).open("/")
    chat = Chat(page)
    await chat.send(FIRST)
    await chat.is_idle()
    conversation = await chat.id()

    await chat.answers.get_by_role("button", name="Another answer").click()
    answers = page.get_by_role("group", name="Answers to this message")
    await expect(answers).to_contain_text("2/2")
    await chat.is_idle()
    await answers.get_by_role("button", name="The one before").click()
    await expect(answers).to_contain_text("1/2")

    await chat.send(SECOND)
    await expect(chat.answers).to_contain_text(["One.", "Two."])
    await chat.is_idle()
    await chat.answers.first.get_by_role("button", name="More for this answer").click()
    await page.get_by_role("menuitem", name="Go back to here").click()
    await expect(chat.answers).to_have_count(1)
    assert await stored.contents(conversation, "assistant") == ["One."]

    await chat.answers.get_by_role("button", name="More for this answer").click()
    await page.get_by_role("menuitem", name="New conversation from here").click()
    await page.wait_for_url(lambda url: conversation not in url)
    await expect(chat.answers).to_contain_text(["One."])
    forked = await chat.id()
    await chat.send(SECOND)
    await expect(chat.answers).to_contain_text(["One.", "Two."])
    await chat.is_idle()
    assert await stored.contents(forked, "assistant") == ["One.", "Two."]
    assert await stored.contents(conversation, "assistant") == ["One."]


async def test_who_looks_elsewhere_while_editing_finds_the_words_again(
    visit: Open, stack: Stack
) -> None:
    said = [(f"Question {number} of some", f"Answer {number}.") for number in range(20)]
    conversation = await talk(stack, "To look around in", said)
    page = await (await visit()).open(f"/c/{conversation}")
    chat = Chat(page)
    await chat.is_idle()
    await chat.questions.last.hover()
    await chat.questions.last.get_by_role("button", name="Edit and send again").click()
    new = page.get_by_role("textbox", name="New version of the message")
    await new.fill("Half a new")
    region, top = page.get_by_role("region", name="Messages"), page.get_by_text("Question 0 of")

    async def is_at_the_top() -> bool:
        await region.press("Home")
        return await top.is_visible()

    await until(is_at_the_top)
    await expect(new).not_to_be_in_viewport()
    await region.press("End")
    await expect(new).to_be_in_viewport()
    await expect(new).to_have_value("Half a new")
