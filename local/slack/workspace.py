"""What the workspace holds: people, channels, messages; kept in a file between runs."""

import secrets
import time
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, Field

from local.paths import write_private
from local.slack.names import BOT, FIRST

# Older ones are forgotten: the file is written anew at each change.
MOST_MESSAGES: Final = 300


class SlackError(Exception):
    """Answered as Slack does: `{"ok": false, "error": word}`."""

    def __init__(self, word: str, **more: Any) -> None:  # noqa: ANN401 - whatever the word needs
        super().__init__(word)
        self.word = word
        self.more = more


class Person(BaseModel):
    id: str
    name: str
    real_name: str


class Message(BaseModel):
    ts: str
    user: str
    text: str = ""
    blocks: list[dict[str, Any]] = []
    metadata: dict[str, Any] | None = None
    thread_ts: str = ""
    edited: bool = False
    edits: int = 0
    broadcast: bool = False
    to: str = ""
    """Ephemeral: seen by this person alone."""


class Channel(BaseModel):
    id: str
    name: str
    is_im: bool = False
    members: list[str] = []
    messages: list[Message] = []

    def find(self, ts: str) -> Message:
        for message in self.messages:
            if message.ts == ts and not message.to:
                return message
        raise SlackError("message_not_found")


class Held(BaseModel):
    people: dict[str, Person] = {}
    channels: dict[str, Channel] = {}
    token: str = ""
    """The app's; empty: not installed."""
    newest: int = 0
    """Microseconds: a message's name is its time, and no two have the same."""
    codes: list[str] = Field(default_factory=list)


def furnished() -> Held:
    """A made-up workspace."""
    people = [
        Person(id=FIRST, name="ada", real_name="Ada Byron"),
        Person(id="UGRACE", name="grace", real_name="Grace Murray"),
        Person(id="UMALLORY", name="mallory", real_name="Mallory Doe"),
    ]
    everybody = [person.id for person in people]
    channels = [
        Channel(id="CAPPROVALS", name="approvals", members=everybody),
        Channel(id="CGENERAL", name="general", members=everybody),
    ]
    return Held(
        people={person.id: person for person in people},
        channels={channel.id: channel for channel in channels},
    )


class Workspace:
    def __init__(self, path: Path | None) -> None:
        """`path` is the file it is kept in; None: in memory alone."""
        self._path = path
        if path is not None and path.exists():
            self.held = Held.model_validate_json(path.read_text(encoding="utf-8"))
        else:
            self.held = furnished()

    def save(self) -> None:
        if self._path is not None:
            write_private(self._path, self.held.model_dump_json())

    def install(self, code: str) -> str:
        """Exchange a code, once."""
        if code not in self.held.codes:
            raise SlackError("invalid_code")
        self.held.codes.remove(code)
        # Installed again, an app gets the token that it has.
        self.held.token = self.held.token or f"xoxb-local-{secrets.token_urlsafe(24)}"
        self.save()
        return self.held.token

    def allow(self) -> str:
        """Somebody said yes: the code for it."""
        code = secrets.token_urlsafe(16)
        self.held.codes = [*self.held.codes, code][-20:]
        self.save()
        return code

    def uninstall(self) -> None:
        self.held.token = ""
        self.save()

    def person(self, user: str) -> Person:
        if user not in self.held.people:
            raise SlackError("user_not_found")
        return self.held.people[user]

    def channel(self, named: str) -> Channel:
        """By its id; by a person's id the conversation with them."""
        if named in self.held.people:
            channel_id = f"D{named}"
            return self.held.channels.setdefault(
                channel_id, Channel(id=channel_id, name=named, is_im=True, members=[named, BOT])
            )
        if named not in self.held.channels:
            raise SlackError("channel_not_found")
        return self.held.channels[named]

    def add(self, channel: Channel, message: Message) -> Message:
        channel.messages = [*channel.messages, message][-MOST_MESSAGES:]
        self.save()
        return message

    def now(self) -> str:
        """A message's name: seconds and microseconds, never twice."""
        self.held.newest = max(self.held.newest + 1, int(time.time() * 1_000_000))
        return f"{self.held.newest // 1_000_000}.{self.held.newest % 1_000_000:06d}"
