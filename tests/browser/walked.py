"""What must hold after a walk: all that was shown is stored once, and shown as it is stored."""

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import httpx2
from playwright.async_api import Page
from sqlalchemy.engine import make_url

from local.stack import Stack
from tests.browser.chat import words

_SPACE: Final = """
SELECT set_config('app.space_id', $1, false), set_config('app.organisation_id', $2, false)
"""
_ASKED: Final = """
SELECT message.content FROM message JOIN turn
    ON turn.space_id = message.space_id AND turn.id = message.turn_id
WHERE message.space_id = $1 AND message.conversation_id = $2 AND message.role = 'user'
ORDER BY turn.number
"""
_OPEN: Final = """
SELECT count(*) FROM turn WHERE space_id = $1 AND conversation_id = $2 AND outcome IS NULL
"""
# What the page shows, in its order; of an answer the offline model's numbered words.
_SHOWN: Final = r"""
(() => {
  const said = (one) => one.dataset.testid === "answer"
    ? ([...one.querySelectorAll("p")].map((each) => each.textContent).join(" ")
        .match(/\bw\d+\b/g) ?? []).join(" ")
    : one.querySelector(".whitespace-pre-wrap")?.textContent ?? "";
  const all = '[data-testid="question"], [data-testid="answer"], [data-testid="pending"]';
  return [...document.querySelectorAll(all)].map((one) => [
    one.dataset.testid, one.dataset.message ?? one.dataset.turn ?? one.dataset.state, said(one)]);
})()
"""
_BOX: Final = 'document.querySelector("#composer")?.value'
Row = list[str]


@dataclass
class Ledger:
    """What became of each message as the page told it, by name."""

    shown: list[list[str]] = field(default_factory=list)
    """Per tab, in the order in which it showed them as sent."""
    perhaps: set[str] = field(default_factory=set)
    """Cancelled, or never seen before the page died: stored once, or not at all."""

    @property
    def certain(self) -> list[str]:
        return [one for tab in self.shown for one in tab if one not in self.perhaps]


@dataclass(frozen=True)
class Oracle:
    stack: Stack
    http: httpx2.AsyncClient
    conversation: str

    async def is_idle(self) -> bool:
        """Nothing runs, nothing waits."""
        stream = f"/v1/ai-sdk/chat/{self.conversation}/stream"
        async with self.http.stream("GET", stream) as answer:
            if answer.status_code != httpx2.codes.NO_CONTENT:
                return False
        queue = await self.http.get(f"/v1/conversations/{self.conversation}/queue")
        if not queue.is_success or queue.json()["items"]:
            return False
        [row] = await self._rows(_OPEN)
        return int(row["count"]) == 0

    async def path(self) -> list[Row]:
        """The active path as every page has to show it."""
        answer = await self.http.get(f"/v1/ai-sdk/chat/{self.conversation}/messages?limit=50")
        answer.raise_for_status()
        return [_row(one) for one in answer.json()["items"]]

    async def asked(self) -> list[str]:
        """All that was ever asked here, on every branch, as its turns began."""
        return [str(row["content"]).split()[0] for row in await self._rows(_ASKED)]

    async def _rows(self, statement: str) -> list[Any]:
        url = make_url(self.stack.database_owner_url).set(drivername="postgresql")
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        try:
            of = str(self.stack.space_id), str(self.stack.organisation_id)
            await connection.execute(_SPACE, *of)
            return list(await connection.fetch(statement, self.stack.space_id, self.conversation))
        finally:
            await connection.close()


def _row(message: dict[str, Any]) -> Row:
    text = "".join(part["text"] for part in message["parts"] if part["type"] == "text")
    if message["role"] == "user":
        return ["question", message["id"], text]
    return ["answer", message["id"], " ".join(words(text))]


async def shows(page: Page, path: list[Row], patience: float) -> None:
    """Exactly the path, nothing that waits, and nothing left in the box that was sent."""
    wanted = json.dumps([path, ""], separators=(",", ":"), ensure_ascii=False)
    condition = f"(wanted) => JSON.stringify([{_SHOWN}, {_BOX}]) === wanted"
    await page.wait_for_function(condition, arg=wanted, timeout=patience)


async def seen(page: Page) -> tuple[list[Row], str]:
    """For whoever asks why it does not."""
    rows, left = await page.evaluate(f"[{_SHOWN}, {_BOX}]")
    return rows, left


def lost(ledger: Ledger, asked: list[str]) -> list[str]:
    return [one for one in ledger.certain if one not in asked]


def judged(ledger: Ledger, asked: list[str]) -> list[str]:
    """What is wrong with what is stored."""
    stored = set(asked)
    return [
        *(f"{one} is lost" for one in lost(ledger, asked)),
        *(f"{one} is stored {asked.count(one)} times" for one in stored if asked.count(one) > 1),
        *(
            f"{one} comes after {other}"
            for tab in ledger.shown
            for one, other in pairwise(name for name in tab if name in stored)
            if asked.index(one) > asked.index(other)
        ),
    ]
