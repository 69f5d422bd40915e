"""`python -m local.slack.joining SLACK EDGE SPACE`: do what an admin and a member do once."""

import asyncio
import os
import re
import sys
from typing import Any
from urllib.parse import urlencode

import httpx2

from local.slack.names import CHANNEL, FIRST

# By the command, or behind the address of the page that does the same.
_TOKEN = re.compile(r"(?:holdfast slack link |[#?]token=)([\w.-]+)")
PATIENCE = 30.0  # seconds for the app's word to come
LOOK = 0.05  # seconds


class Joining:
    def __init__(self, http: httpx2.AsyncClient, slack: str, edge: str, space: str) -> None:
        self._http = http
        self._slack = slack
        self._edge = f"{edge}/v1/slack"
        bearer = f"Bearer {os.environ['HOLDFAST_TOKEN']}"
        self._headers = {"authorization": bearer, "x-space-id": space}

    async def everything(self) -> None:
        """Each part only where it is missing."""
        stands = await self._asked("GET", "")
        if not (stands["installed"] and (await self._state())["installed"]):
            await self._install()
            stands = await self._asked("GET", "")
        if not stands["channel"]:
            await self._asked("PUT", "/channel", {"channel": CHANNEL})
        if not stands["linked"]:
            await self._asked("POST", "/link", {"token": await self._offered()})

    async def _install(self) -> None:
        begun = await self._asked("POST", "/install")
        consent = await self._http.post(begun["url"])
        back = await self._http.get(consent.headers["location"])
        back.raise_for_status()

    async def _offered(self) -> str:
        """Tell the app who we are in Slack, and read the link that it answers with."""
        before = len(await self._said())
        form = urlencode({"as": FIRST, "channel": FIRST, "text": "link"})
        kind = {"content-type": "application/x-www-form-urlencoded"}
        await self._http.post(f"{self._slack}/say", content=form, headers=kind)
        async with asyncio.timeout(PATIENCE):
            while len(said := await self._said()) == before:  # noqa: ASYNC110 - another process
                await asyncio.sleep(LOOK)
        return said[-1]

    async def _said(self) -> list[str]:
        channels = (await self._state())["channels"]
        messages = channels.get(f"D{FIRST}", {"messages": []})["messages"]
        return [found[1] for one in messages if (found := _TOKEN.search(one["text"]))]

    async def _state(self) -> dict[str, Any]:
        answer = await self._http.get(f"{self._slack}/state")
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def _asked(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer = await self._http.request(
            method, self._edge + path, json=body, headers=self._headers
        )
        if answer.status_code >= 400:
            sys.exit(f"{method} {path}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json()
        return found


async def join(slack: str, edge: str, space: str) -> None:
    plain = httpx2.AsyncHTTPTransport(verify=False)  # both are on this machine
    async with httpx2.AsyncClient(transport=plain, timeout=30) as http:
        await Joining(http, slack, edge, space).everything()


if __name__ == "__main__":
    asyncio.run(join(*sys.argv[1:4]))
