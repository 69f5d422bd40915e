"""What people see of the workspace: one page, drawn here."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader
from markupsafe import escape
from starlette.responses import HTMLResponse, Response

from local.slack import drawing
from local.slack.desk import Desk
from local.slack.names import BOT, TEAM_NAME
from local.slack.workspace import Channel, Workspace

_FOLDER: Final = Path(__file__).parent
_CSP: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_HEADERS: Final = {"content-security-policy": _CSP, "cache-control": "no-store"}


class Page:
    def __init__(self, workspace: Workspace, desk: Desk) -> None:
        self._workspace = workspace
        self._desk = desk
        environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True)
        self._template = environment.get_template("page.html")

    def shown(self, user: str, channel: str, thread: str = "") -> Response:
        """As that person sees it, or one thread of it. SlackError for nobody, for no channel."""
        held = self._workspace.held
        me, where = self._workspace.person(user), self._workspace.channel(channel)
        names = {person.id: person.real_name for person in held.people.values()}
        names[BOT] = "Holdfast"
        seen = [one for one in where.messages if one.to in {"", me.id}]
        messages = [one for one in seen if not thread or thread in {one.ts, one.thread_ts}]
        text = self._template.render(
            team=TEAM_NAME,
            installed=bool(held.token),
            people=list(held.people.values()),
            channels=self._listed(),
            me=me,
            channel=where,
            messages=messages,
            thread=thread,
            threads={one.thread_ts for one in seen},
            names=names,
            times={one.ts: _time(one.ts) for one in messages},
            trouble=self._desk.trouble.get(me.id, ""),
            windows=[one for one in self._desk.windows.values() if one.user == me.id],
            draw=partial(drawing.block, people=names),
            mark=partial(drawing.markup, people=names),
        )
        return HTMLResponse(text, headers=_HEADERS)

    def consent(self, scopes: list[str], query: str) -> Response:
        wanted = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
        return HTMLResponse(
            "<!doctype html><title>Install Holdfast</title><h1>Holdfast asks to be installed</h1>"
            f"<p>It may then:</p><ul>{wanted}</ul>"
            f'<form method="post" action="?{escape(query)}"><button>Allow</button></form>',
            headers=_HEADERS,
        )

    def _listed(self) -> list[Channel]:
        return [one for one in self._workspace.held.channels.values() if not one.is_im]


def _time(ts: str) -> str:
    return datetime.fromtimestamp(float(ts), UTC).strftime("%H:%M:%S")
