"""What people do in the workspace, and what the app may do in return: windows, whispers."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from local.slack.callbacks import Answer, Callbacks
from local.slack.names import APP, BOT, NAME, TEAM
from local.slack.workspace import Channel, Message, Person, SlackError, Workspace

TRIGGER_SECONDS: Final = 3.0
HOOK_SECONDS: Final = 1_800.0
HOOK_USES: Final = 5
_MENTION: Final = {"type": "app_mention"}
# Of triggers, addresses and windows: older ones are forgotten.
MOST: Final = 1_000


@dataclass
class Trigger:
    user: str
    until: float
    used: bool = False


@dataclass
class Hook:
    """What a `response_url` stands for."""

    channel: str
    user: str
    until: float
    uses: int = 0


@dataclass
class Window:
    """A modal that somebody has open."""

    id: str
    user: str
    view: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


class Desk:
    def __init__(self, workspace: Workspace, callbacks: Callbacks, own_url: str) -> None:
        """`own_url` is where this very server answers."""
        self._workspace = workspace
        self._callbacks = callbacks
        self._own_url = own_url
        self._triggers: OrderedDict[str, Trigger] = OrderedDict()
        self._hooks: OrderedDict[str, Hook] = OrderedDict()
        self.windows: OrderedDict[str, Window] = OrderedDict()
        self.trouble: dict[str, str] = {}
        """What each person sees of a callback that failed."""

    async def press(
        self, user: str, channel: str, ts: str, action: str, headers: dict[str, str]
    ) -> Answer:
        """A button of a message. SlackError when there is none such."""
        person, where = self._workspace.person(user), self._workspace.channel(channel)
        message = where.find(ts)
        pressed = _button(message, action)
        payload = {
            **self._someone(person, "block_actions"),
            "container": {"type": "message", "message_ts": ts, "channel_id": where.id},
            "channel": {"id": where.id, "name": where.name},
            "message": {"type": "message", "ts": ts, "user": BOT, "blocks": message.blocks},
            "response_url": self._hook(where, person),
            "actions": [
                {
                    "type": "button",
                    "action_id": action,
                    "block_id": "verdict",
                    "value": pressed.get("value", ""),
                    "text": pressed["text"],
                    "action_ts": self._workspace.now(),
                }
            ],
        }
        return self._noted(person, await self._callbacks.interaction(payload, headers))

    async def submit(self, user: str, window_id: str, values: dict[str, str]) -> Answer:
        """A window sent off; the app's words for what is wrong stay in it."""
        person = self._workspace.person(user)
        window = self.windows.get(window_id)
        if window is None or window.user != user:
            raise SlackError("not_found")
        view = window.view
        state = {
            block["block_id"]: {
                block["element"]["action_id"]: {
                    "type": "plain_text_input",
                    "value": values.get(block["block_id"]) or None,
                }
            }
            for block in view["blocks"]
            if block["type"] == "input"
        }
        shown = {**view, "id": window_id, "state": {"values": state}, "app_id": APP}
        payload = {**self._someone(person, "view_submission"), "view": shown}
        answer = self._noted(person, await self._callbacks.interaction(payload, {}))
        said = answer.body if isinstance(answer.body, dict) else {}
        if said.get("response_action") == "errors":
            window.errors = dict(said["errors"])
        elif answer.status == 200:
            self.windows.pop(window_id, None)
        return answer

    def say(self, user: str, channel: str, text: str, thread: str = "") -> Message:
        """Somebody writes; the app hears what is said to it alone, or calls it by its name."""
        person, where = self._workspace.person(user), self._workspace.channel(channel)
        if thread:
            where.find(thread)
        called = f"@{NAME}" in text and not where.is_im
        said = Message(
            ts=self._workspace.now(), user=person.id, text=_typed(text[:4_000]), thread_ts=thread
        )
        self._workspace.add(where, said)
        if called and BOT not in where.members:
            where.members = [*where.members, BOT]  # as Slack offers it to who calls it
        if where.is_im or called:
            kind = {"type": "message", "channel_type": "im"} if where.is_im else _MENTION
            self._callbacks.event(
                {
                    **kind,
                    **({"thread_ts": thread} if thread else {}),
                    "channel": where.id,
                    "user": person.id,
                    "text": said.text,
                    "team": TEAM,
                    "ts": said.ts,
                    "event_ts": said.ts,
                }
            )
        return said

    def leave(self) -> None:
        """The workspace puts the app out."""
        self._workspace.uninstall()
        self._callbacks.event({"type": "app_uninstalled"})

    def opened(self, trigger: str, view: dict[str, Any]) -> dict[str, Any]:
        found = self._triggers.get(trigger)
        if found is None:
            raise SlackError("invalid_trigger_id")
        if found.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() > found.until:
            raise SlackError("expired_trigger_id")
        found.used = True
        window = Window(f"V{secrets.token_hex(5).upper()}", found.user, view)
        self.windows[window.id] = window
        _forget(self.windows)
        return {**view, "id": window.id}

    def answered(self, name: str, text: str, *, ephemeral: bool) -> None:
        """What the app posted to a `response_url`."""
        hook = self._hooks.get(name)
        if hook is None or time.monotonic() > hook.until:
            raise SlackError("expired_url")
        if hook.uses >= HOOK_USES:
            raise SlackError("used_url")
        hook.uses += 1
        channel = self._workspace.channel(hook.channel)
        to = hook.user if ephemeral else ""
        self._workspace.add(channel, Message(ts=self._workspace.now(), user=BOT, text=text, to=to))

    def _someone(self, person: Person, kind: str) -> dict[str, Any]:
        trigger = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger] = Trigger(person.id, time.monotonic() + TRIGGER_SECONDS)
        _forget(self._triggers)
        return {
            "type": kind,
            "user": {
                "id": person.id,
                "username": person.name,
                "name": person.name,
                "team_id": TEAM,
            },
            "api_app_id": APP,
            "token": "none",
            "team": {"id": TEAM, "domain": "holdfast-local"},
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": trigger,
        }

    def _hook(self, channel: Channel, person: Person) -> str:
        name = secrets.token_urlsafe(16)
        self._hooks[name] = Hook(channel.id, person.id, time.monotonic() + HOOK_SECONDS)
        _forget(self._hooks)
        return f"{self._own_url}/hooks/actions/{TEAM}/{name}"

    def _noted(self, person: Person, answer: Answer) -> Answer:
        if answer.status == 200:
            self.trouble.pop(person.id, None)
        else:
            what = "did not answer in 3 s" if answer.status == 0 else f"answered {answer.status}"
            self.trouble[person.id] = f"The app {what}: try again."
        return answer


def _typed(text: str) -> str:
    """As Slack's own clients write it down."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace(f"@{NAME}", f"<@{BOT}>")


def _button(message: Message, action: str) -> dict[str, Any]:
    for block in message.blocks:
        for element in block.get("elements", ()):
            if element.get("action_id") == action:
                return dict(element)
    raise SlackError("no_such_button")


def _forget(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > MOST:
        kept.popitem(last=False)
