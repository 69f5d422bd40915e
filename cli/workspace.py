"""What the commands about Slack ask of the API."""

import json
from uuid import UUID

from holdfast_client.client import Client

from cli.place import Place
from cli.printable import one_line

PATH = "/v1/slack"


async def show(place: Place, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(PATH)
    if as_json:
        print(json.dumps(found))
    elif not found.get("installed"):
        print("Slack is not installed in this space: `holdfast slack install` begins.")
    else:
        print(f"Workspace: {one_line(str(found.get('team')))} ({found.get('team_id')})")
        print(f"Channel: {one_line(str(found.get('channel_name') or 'none yet'))}")
        print(f"Your account there: {'linked' if found.get('linked') else 'not linked'}")


async def install(place: Place) -> None:
    async with Client.at(place) as client:
        print((await client.post(f"{PATH}/install"))["url"])


async def choose(place: Place, channel: str) -> None:
    async with Client.at(place) as client:
        answer = await client.ask("PUT", f"{PATH}/channel", body={"channel": channel})
    print(f"Approvals are asked for in #{one_line(str(answer.json()['channel_name']))} now.")


async def offered(place: Place, code: str) -> str:
    """Whose account it is, for people."""
    async with Client.at(place) as client:
        found = await client.get(f"{PATH}/link", {"token": code})
    return f"{one_line(str(found.get('name') or ''))} ({found.get('slack_user_id')})".strip()


async def link(place: Place, code: str) -> None:
    async with Client.at(place) as client:
        made = await client.post(f"{PATH}/link", {"token": code})
    print(f"{made.get('slack_user_id')} is you from now on.")


async def unlink(place: Place, user: UUID | None) -> None:
    async with Client.at(place) as client:
        await client.ask("DELETE", f"{PATH}/link" if user is None else f"{PATH}/links/{user}")
    print("The link is undone.")


async def uninstall(place: Place) -> None:
    async with Client.at(place) as client:
        await client.ask("DELETE", PATH)
    print("The app is taken out.")
