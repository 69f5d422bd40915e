"""Slack, as the edge sees it: where it is installed, who is who there, what it can be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.ports.audit import Audit
from models.payloads.scope import Scope
from models.payloads.slack import SlackThread
from models.states import Role


@dataclass(frozen=True, slots=True)
class Installation:
    """Of our app in a workspace, for one space."""

    team_id: str
    team: str
    """The workspace's name, for people."""
    bot_user_id: str
    channel: str
    """Where approvals are asked for; empty: nowhere yet."""
    channel_name: str
    installed_by: UUID
    installed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlackUser:
    team_id: str
    user_id: str
    name: str
    """As Slack calls them, for people."""


@dataclass(frozen=True, slots=True)
class Member:
    """Who a linked Slack user is."""

    user_id: UUID
    role: Role | None
    """In the space, now; None: no longer any."""
    tier: str
    """Of the credential that they were linked with."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a button stands for; it travels through Slack and back."""

    scope: Scope
    approval_id: UUID
    arguments_hash: str
    """Of the arguments that were shown."""
    channel: str = ""
    """Where the message stands."""


class SlackStore(Protocol):
    """What changes here is audited in the same transaction."""

    async def installation(self, scope: Scope) -> Installation | None: ...

    async def spaces(self, team_id: str) -> Sequence[Scope]:
        """Where this workspace is installed, in all organisations; the newest first."""

    async def uninstalled(self, team_id: str) -> Sequence[Scope]:
        """Slack says that the workspace put us out: forget every installation there."""

    async def member(self, scope: Scope, team_id: str, slack_user_id: str) -> Member | None:
        """None: never linked in this organisation."""

    async def slack_user(self, scope: Scope, team_id: str, user_id: UUID) -> str | None:
        """Whom this member is linked to."""

    async def link(self, scope: Scope, user: SlackUser, *, user_id: UUID, tier: str) -> None:
        """From now on this Slack user is that member, counted by that tier; earlier links of
        either are undone."""

    async def unlink(self, scope: Scope, user_id: UUID, *, by: UUID) -> bool:
        """False: there was no link."""


class SlackApp(Protocol):
    """Our app at Slack. UnavailableError where Slack does not answer or asks us to wait."""

    def check(self, body: bytes, timestamp: str | None, signature: str | None) -> None:
        """Whether Slack sent exactly this in the last five minutes: IdentityError with the code
        slack_signature_missing, slack_timestamp_invalid, slack_request_old or
        slack_signature_wrong."""

    def is_ours(self, app_id: str) -> bool:
        """The app that a callback is for."""

    def question(self, value: str) -> Question:
        """What a button's value says. BadRequestError("slack_payload_invalid")."""

    async def begin(self, scope: Scope, *, by: UUID) -> str:
        """The address to send an admin to; its state is signed, single-use and ends in 10
        minutes."""

    async def complete(self, state: str, code: str) -> tuple[Scope, Installation]:
        """Back from Slack. InvalidError("state_invalid"), InvalidError("grant_refused")."""

    async def choose_channel(self, scope: Scope, channel: str, *, by: UUID) -> Installation:
        """Join it and ask there from now on. NotFoundError("slack_not_installed"),
        InvalidError("slack_channel_unknown")."""

    async def uninstall(self, scope: Scope, *, by: UUID) -> None:
        """Give the token back where no other space uses it, and forget."""

    async def person(self, scope: Scope, team_id: str, slack_user_id: str) -> SlackUser:
        """With the name that Slack has for them; without one where it does not say."""

    async def offer(self, user: SlackUser) -> str:
        """A token by which a signed-in member says that this Slack user is theirs: signed,
        single-use, ends in 10 minutes."""

    async def offered(self, token: str) -> SlackUser:
        """Who asks, without using the token up. InvalidError("link_invalid")."""

    async def redeem(self, token: str) -> SlackUser:
        """Use it up. InvalidError("link_invalid") the second time."""

    async def ask_for_note(self, question: Question, trigger: str) -> None:
        """Open the window in which a revision is asked for."""

    async def whisper(self, question: Question, slack_user_id: str, text: str) -> None:
        """Tell one person, where the question stands."""

    async def answer(self, response_url: str, text: str) -> None:
        """Tell the person who pressed a button; the address must be Slack's."""

    def plain(self, text: str, bot_user_id: str) -> str:
        """What somebody wrote, without Slack's markup and without the mention of the app."""

    async def reply(self, scope: Scope, thread: SlackThread, text: str) -> None:
        """Say something of our own in a thread, to everybody there."""

    async def whisper_in(
        self, scope: Scope, thread: SlackThread, slack_user_id: str, text: str
    ) -> None:
        """Say it to one person alone."""

    async def write(self, scope: Scope, slack_user_id: str, text: str) -> None:
        """A message to one person."""


@dataclass(frozen=True, slots=True)
class Slack:
    """What the edge needs of Slack."""

    app: SlackApp
    store: SlackStore
    audit: Audit
    link_page: str = ""
    """Where a member confirms a link: the token is appended. Empty: with the command line."""
