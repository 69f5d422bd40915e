"""Pages that are loaded again, and several of one conversation."""

from playwright.async_api import expect

from tests.browser.approvals import asking, card
from tests.browser.chat import Chat, words
from tests.browser.conftest import Open
from tests.browser.reading import Reading
from tests.browser.stored import Stored
from tests.browser.visit import FAILED_REQUESTS


async def test_a_page_that_is_loaded_again_goes_on_with_the_answer(
    visit: Open, stored: Stored
) -> None:
    page = await (await visit()).open("/")
    chat = Chat(page)
    await chat.send("Go on, whatever I do.\n@offline tokens=20000 gap_ms=15")
    conversation = await chat.id()
    await chat.says("w20")

    await page.reload()
    reading = await Reading.begin(page)
    await chat.says("w40")
    await reading.goes_on(20)
    await chat.stop.click()
    await chat.is_idle()

    [answer] = await stored.contents(conversation, "assistant")
    assert words(await chat.answers.inner_text()) == words(answer) == answer.split()
    assert len(await stored.contents(conversation, "user")) == 1
    assert await reading.wrong() == []


async def test_what_one_tab_asks_another_sees_and_stops(visit: Open, stored: Stored) -> None:
    visitor = await visit()
    conversation = await stored.begin("Two tabs")
    path = f"/c/{conversation}"
    one, other = Chat(await visitor.open(path)), Chat(await visitor.open(path))
    reading = await Reading.begin(other.page)

    await one.send("Never stop.\n@offline tokens=20000 gap_ms=15")
    await expect(other.questions).to_contain_text("Never stop.")
    await reading.goes_on(20)
    await other.stop.click()

    for tab in (one, other):
        await expect(tab.answers).to_contain_text("Stopped.")
        await tab.is_idle()
    [answer] = await stored.contents(conversation, "assistant")
    assert 20 < len(answer.split()) < 20_000
    for tab in (one, other):
        assert words(await tab.answers.inner_text()) == answer.split()
    assert await reading.wrong() == []


async def test_who_signs_in_in_another_tab_sees_nothing_of_who_was_here(
    visit: Open, stored: Stored
) -> None:
    visitor = await visit("Ada")
    visitor.forgiven.append(FAILED_REQUESTS)
    await stored.begin("For Ada's eyes")
    page = await visitor.open("/collections")
    hers = Chat(page).conversation("For Ada's eyes")
    await expect(hers).to_be_visible()
    await page.get_by_role("button", name="New collection").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Name").fill("of_ada")

    await visitor.sign_in("Dora")
    await form.get_by_role("button", name="Create").click()

    await expect(page.get_by_role("button", name="Dora Other space")).to_be_visible()
    await expect(hers).to_have_count(0)
    await expect(form).to_have_count(0)
    await expect(page.get_by_role("heading", name="Collections")).to_be_visible()


async def test_a_verdict_goes_after_another_tab_signed_in_anew(visit: Open) -> None:
    visitor = await visit("Ada")
    visitor.forgiven.append(FAILED_REQUESTS)
    page = await visitor.open("/")
    await Chat(page).send(asking("Winter, twice pressed"))
    await expect(card(page)).to_contain_text("Winter, twice pressed")
    inbox = await visitor.open("/inbox")
    approval = inbox.get_by_role("navigation", name="Approvals").get_by_role("link").first
    await approval.click()
    await expect(inbox.get_by_role("article")).to_contain_text("Winter, twice pressed")

    await visitor.sign_in("Ada")
    approve = inbox.get_by_role("button", name="Approve", exact=True)
    # The session is read anew to its end before it is tried again.
    async with inbox.expect_request_finished(lambda one: one.url.endswith("/v1/session")):
        await approve.click()
    await approve.click()

    await expect(inbox.get_by_text("Approved by you")).to_be_visible()
