"""What stands in an answer besides its words: thoughts, calls, agents at work, formulas, code."""

import json
import re

import httpx2
from playwright.async_api import expect

from local.stack import Stack
from tests.browser.approvals import asking, card
from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.browser.seeding import talk
from tests.browser.stored import Stored

_LINE = "Code that is wider than the page. " * 12
_WORD = "Donaudampfschifffahrt" * 12
_DRAWN = f"""$$x^{{2}}$$ and {_WORD}

$$
{" + ".join("abcdefghij" * 8)}
$$

- [x] baked
- [ ] sold

```text
{_LINE}
```
"""
_SIZE = "(element) => parseFloat(getComputedStyle(element).fontSize)"
_WIDER = "(element) => element.scrollWidth > element.clientWidth"
# Nothing of it stands where nobody can see or scroll to it.
_INSIDE = "(element) => element.scrollWidth <= element.clientWidth + 1"


def call(tool: str, **arguments: str) -> str:
    return f"@offline call={tool} args={json.dumps(arguments)}"


async def test_thoughts_are_watched_as_they_come_and_stay(visit: Open) -> None:
    page = await (await visit()).open("/")
    chat = Chat(page)
    thoughts = chat.answers.last.get_by_test_id("reasoning")
    await chat.send("Think for ever.\n@offline reasoning=20000 gap_ms=25")
    await expect(thoughts).to_contain_text("Thinking…")
    await expect(chat.answers).not_to_contain_text("Working on it…")
    await expect(thoughts.get_by_text("r0")).to_be_hidden()
    await thoughts.locator("summary").click()
    await expect(thoughts.get_by_text("r39")).to_be_visible()
    await chat.stop.click()
    await chat.is_idle()

    await chat.send("Think first.\n@offline reasoning=40 tokens=20 gap_ms=25")
    await expect(chat.answers).to_have_count(2)
    await thoughts.locator("summary").click()
    await chat.says("w18")
    await chat.is_idle()
    # The history, which has none, has come in the stream's place.
    await expect(page.get_by_test_id("title")).to_contain_text("Think for ever.")
    await expect(thoughts).to_contain_text("Thoughts")
    await expect(thoughts.get_by_text("r39")).to_be_visible()


async def test_calls_tell_what_they_were_asked_and_what_came_of_it(visit: Open) -> None:
    page = await (await visit()).open("/")
    chat = Chat(page)
    good, bad = call("calculator", expression="6 * 7"), call("calculator", expression="1 / 0")
    await chat.send(f"Calculate.\n{good}\n{bad}\n@offline reply=It is 42.")
    await chat.is_idle()

    calls = chat.answers.get_by_test_id("tool-call")
    await expect(calls).to_contain_text([re.compile("calculator.*Done"), re.compile("Failed")])
    for place in (0, 1):
        await expect(calls.nth(place).get_by_text("expression")).to_be_hidden()
        await calls.nth(place).locator("summary").click()
    await expect(calls.first).to_contain_text("6 * 7")
    await expect(calls.first.locator("pre")).to_have_text("42")
    await expect(calls.last).to_contain_text("division by zero")


async def test_an_agent_that_was_called_shows_its_own_work(
    visit: Open, http: httpx2.AsyncClient, stored: Stored
) -> None:
    lead = {"name": "browser_lead", "pattern": "supervisor", "members": ["direct", "general"]}
    (await http.post("/v1/agents", json={**lead, "retrieves": False})).raise_for_status()
    conversation = await stored.begin("A team")
    chosen = await http.patch(f"/v1/conversations/{conversation}", json={"agent": lead["name"]})
    chosen.raise_for_status()
    chat = Chat(await (await visit()).open(f"/c/{conversation}"))
    counting = f"Count.\n{call('calculator', expression='6 * 7')}\n@offline reply=Forty-two."
    endless, short = (
        call("delegate_to_direct", task=f"Look.\n@offline tokens={tokens} gap_ms=15")
        for tokens in (20_000, 60)
    )
    agents = chat.answers.last.get_by_test_id("child-run")
    await chat.send(f"Begin it.\n{endless}")
    await expect(agents.filter(has_text="direct works on a part")).to_contain_text("Running")
    await chat.stop.click()
    await chat.is_idle()
    await expect(agents).to_contain_text("Did not finish")

    await chat.send(f"Share it.\n{short}\n{call('delegate_to_general', task=counting)}")
    await expect(chat.answers).to_have_count(2)
    await chat.is_idle()
    for reloaded in (False, True):
        if reloaded:
            await chat.page.reload()
        await expect(agents).to_have_count(2)
        await expect(chat.answers.last.get_by_test_id("tool-call")).to_have_count(0)
        general = agents.filter(has_text="general worked on a part")
        await expect(general).to_contain_text("Done")
        await general.locator("summary").click()
        await expect(general.get_by_role("list", name="Tools it called")).to_contain_text(
            "calculator"
        )
        await expect(general.get_by_text("Forty-two.", exact=True)).to_be_visible()
    await general.get_by_role("link", name="Look inside").click()
    await expect(chat.page.get_by_role("main")).to_contain_text("general")


async def test_a_message_steers_the_answer_that_runs(visit: Open, stored: Stored) -> None:
    page = await (await visit()).open("/")
    chat = Chat(page)
    # It waits, however long the next message takes to come.
    await chat.send(asking("Steered meanwhile"))
    await expect(card(page)).to_contain_text("Steered meanwhile")
    await page.get_by_test_id("on-busy").click()
    await page.get_by_role("menuitemradio", name="Steer").click()
    await chat.send("Rather in French.\n@offline reply=Oui.")
    await expect(page.get_by_test_id("pending")).to_contain_text("Waits for the running answer.")

    await card(page).get_by_role("button", name="Approve").click()
    await expect(chat.answers).to_contain_text("Oui.")
    await chat.is_idle()
    await expect(chat.answers).to_have_count(1)
    await expect(chat.questions).to_contain_text(["Publish a note.", "Rather in French."])
    messages = await stored.messages(await chat.id())
    assert sorted(one["role"] for one in messages) == ["assistant", "user", "user"]
    assert len({one["turn_id"] for one in messages}) == 1


async def test_what_is_wide_is_broken_or_scrolled_and_the_end_is_in_sight(
    visit: Open, stack: Stack
) -> None:
    said = [("Draw it.", _DRAWN), ("And then?", "That is the end.")]
    chat = Chat(await (await visit()).open(f"/c/{await talk(stack, 'Wide', said)}"))
    # Drawn late, and far higher than the list could know.
    await expect(chat.answers.get_by_text("That is the end.")).to_be_in_viewport()

    drawn = chat.answers.first
    await expect(drawn.locator(".katex-display")).to_be_attached()
    exponent, base = drawn.locator(".msupsub .mord").first, drawn.locator(".katex .mord").first
    assert await exponent.evaluate(_SIZE) < await base.evaluate(_SIZE)
    for wide in (drawn.get_by_label("Formula"), drawn.get_by_label("Code", exact=True)):
        assert await wide.evaluate(_WIDER)
        await wide.focus()
        await expect(wide).to_be_focused()
    await expect(drawn.get_by_role("img", name="Done")).to_have_count(1)
    assert await drawn.evaluate(_INSIDE)


async def test_an_answer_that_was_cut_says_so_and_what_to_do(visit: Open) -> None:
    chat = Chat(await (await visit()).open("/"))
    await chat.send("Go far.\n@offline finish=length tokens=5")
    await expect(chat.answers).to_contain_text("Ask it to go on.")
    await chat.is_idle()
    await chat.send("Go wrong.\n@offline fail=filter tokens=5")
    await expect(chat.answers.last).to_contain_text("held the answer back")
    await chat.is_idle()


async def test_a_narrow_window_has_room_to_stop_and_to_send_on(visit: Open) -> None:
    page = await (await visit(viewport={"width": 360, "height": 740})).open("/")
    chat = Chat(page)
    await chat.send("Count.\n@offline tokens=20000 gap_ms=15")
    await chat.says("w5")
    for button in (
        page.get_by_test_id("on-busy"),
        chat.stop,
        page.get_by_label("Send", exact=True),
    ):
        await expect(button).to_be_in_viewport(ratio=1)
    await chat.stop.click()
    await chat.is_idle()
