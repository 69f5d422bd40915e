"""Our app at Slack, for the edge: callbacks checked, installed by OAuth, people told."""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack import message, modal, reading
from adapters.slack.connection import TIMEOUT, SlackRefusedError, client, named, silent
from adapters.slack.credentials import Credentials
from adapters.slack.signature import Signature
from adapters.slack.states import States
from adapters.slack.text import escaped
from adapters.store.slack import PostgresSlack
from domain.ports.slack import Installation, Question, SlackUser
from models.errors import (
    BadRequestError,
    ConflictError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from models.payloads.scope import Scope
from models.payloads.slack import SlackThread

# What the app may do: write, find and join channels, find its own messages again, and hear from
# people who call it or write to it.
SCOPES: Final = (
    *("app_mentions:read", "chat:write", "channels:read", "channels:join", "channels:history"),
    *("groups:read", "groups:history", "im:history", "im:write", "users:read"),
)
_INSTALL: Final = "state"
_LINK: Final = "link"
_CHANNEL: Final = 32


@dataclass(frozen=True, slots=True)
class Registration:
    """What Slack knows the app by."""

    app_id: str
    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    """Where a workspace's admin says yes."""
    hooks_url: str
    """What every `response_url` begins with; it ends with a slash."""
    redirect_url: str
    """Ours, where they come back to."""


class SlackApplication:
    """Implements `domain.ports.slack.SlackApp`."""

    def __init__(
        self,
        store: PostgresSlack,
        credentials: Credentials,
        signature: Signature,
        states: States,
        registration: Registration,
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._states = states
        self._at = registration
        self.check = signature.check
        self.question = message.question
        self.plain = reading.plain

    def is_ours(self, app_id: str) -> bool:
        return app_id == self._at.app_id

    async def begin(self, scope: Scope, *, by: UUID) -> str:
        claims = {
            "organisation": str(scope.organisation_id),
            "space": str(scope.space_id),
            "user": str(by),
        }
        asked = {
            "client_id": self._at.client_id,
            "scope": ",".join(SCOPES),
            "redirect_uri": self._at.redirect_url,
            "state": await self._states.issue(_INSTALL, claims),
        }
        return f"{self._at.authorize_url}?{urlencode(asked)}"

    async def complete(self, state: str, code: str) -> tuple[Scope, Installation]:
        claims = await self._states.redeem(_INSTALL, state)
        scope = Scope(organisation_id=UUID(claims["organisation"]), space_id=UUID(claims["space"]))
        answer = await self._exchanged(code)
        team, token = answer.get("team") or {}, str(answer.get("access_token") or "")
        if not team.get("id") or not token or answer.get("app_id") != self._at.app_id:
            # Of a whole enterprise, or somebody else's code.
            raise _grant_refused("it names no workspace")
        made = Installation(
            team_id=str(team["id"]),
            team=str(team.get("name") or ""),
            bot_user_id=str(answer.get("bot_user_id") or ""),
            channel="",
            channel_name="",
            installed_by=UUID(claims["user"]),
        )
        await self._store.install(scope, made, self._credentials.sealed(scope, token))
        return scope, await self._store.installation(scope) or made

    async def _exchanged(self, code: str) -> dict[str, Any]:
        try:
            with named():
                # Its own method for this goes through a part of aiohttp that is going away.
                answer = await client(self._credentials.url).api_call(
                    "oauth.v2.access",
                    data={
                        "client_id": self._at.client_id,
                        "client_secret": self._at.client_secret,
                        "code": code,
                        "redirect_uri": self._at.redirect_url,
                    },
                )
        except SlackRefusedError as error:
            raise _grant_refused(error.reason) from None
        found: dict[str, Any] = answer.data  # type: ignore[assignment]  # bytes only of files
        return found

    async def choose_channel(self, scope: Scope, channel: str, *, by: UUID) -> Installation:
        way = await self._credentials.way(scope)
        if way is None:
            raise _not_installed()
        wanted = channel.removeprefix("#").strip()
        try:
            with named():
                found = await self._channel(way.client, wanted)
                if not found.get("is_private"):
                    await way.client.conversations_join(channel=found["id"])
        except (SlackRefusedError, ConflictError) as error:
            if isinstance(error, ConflictError) and error.code != "slack_channel_gone":
                raise
            raise _channel_unknown() from None
        if found.get("is_private") and not found.get("is_member"):
            raise InvalidError(
                "Invite the app into this private channel first.", code="slack_channel_private"
            )
        await self._store.ask_in(scope, str(found["id"]), str(found.get("name") or ""), by=by)
        return await self._store.installation(scope) or way.installation

    async def _channel(self, api: Any, wanted: str) -> dict[str, Any]:  # noqa: ANN401 - the SDK's
        """By its id, or by its name among the first thousands."""
        if wanted.isupper() and wanted.isalnum() and len(wanted) <= _CHANNEL:
            answer = await api.conversations_info(channel=wanted)
            return dict(answer["channel"])
        cursor = ""
        for _ in range(10):
            answer = await api.conversations_list(
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=1_000,
                cursor=cursor or None,
            )
            for one in answer["channels"]:
                if one.get("name") == wanted:
                    return dict(one)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        raise _channel_unknown()

    async def uninstall(self, scope: Scope, *, by: UUID) -> None:
        way = await self._credentials.way(scope)
        if way is None:
            raise _not_installed()
        # A workspace gives an app one token: other spaces of the same workspace go on with it.
        others = await self._store.spaces(way.installation.team_id)
        await self._store.remove(scope, by=by)
        if all(other.space_id == scope.space_id for other in others):
            try:
                with named():
                    await way.client.auth_revoke()
            except (SlackRefusedError, ConflictError, UnavailableError):
                return  # forgotten here; there an admin of the workspace takes it away

    async def person(self, scope: Scope, team_id: str, slack_user_id: str) -> SlackUser:
        way = await self._credentials.way(scope)
        if way is None:
            return SlackUser(team_id, slack_user_id, "")
        try:
            with named():
                answer = await way.client.users_info(user=slack_user_id)
        except (SlackRefusedError, ConflictError, UnavailableError):
            return SlackUser(team_id, slack_user_id, "")
        told = answer["user"]
        return SlackUser(team_id, slack_user_id, str(told.get("real_name") or told.get("name")))

    async def offer(self, user: SlackUser) -> str:
        claims = {"team": user.team_id, "user": user.user_id, "name": user.name[:200]}
        return await self._states.issue(_LINK, claims)

    async def offered(self, token: str) -> SlackUser:
        return _user(await self._states.read(_LINK, token))

    async def redeem(self, token: str) -> SlackUser:
        return _user(await self._states.redeem(_LINK, token))

    async def ask_for_note(self, question: Question, trigger: str) -> None:
        way = await self._credentials.way(question.scope)
        if way is None:
            raise _not_installed()
        with named():
            await way.client.views_open(trigger_id=trigger, view=modal.window(question))

    async def whisper(self, question: Question, slack_user_id: str, text: str) -> None:
        way = await self._credentials.way(question.scope)
        if way is None or not question.channel:
            return
        with named():
            await way.client.chat_postEphemeral(
                channel=question.channel, user=slack_user_id, text=text
            )

    async def answer(self, response_url: str, text: str) -> None:
        if not response_url.startswith(self._at.hooks_url):
            raise BadRequestError("This is no address of Slack's.", code="slack_payload_invalid")
        hook = AsyncWebhookClient(response_url, timeout=TIMEOUT, retry_handlers=[], logger=silent)
        if response_url.startswith("http://"):
            hook.proxy = None
        with named():
            answer = await hook.send(text=text, response_type="ephemeral", replace_original=False)
        if answer.status_code != 200:
            raise UnavailableError("Slack did not take the answer.", code="slack_unavailable")

    async def reply(self, scope: Scope, thread: SlackThread, text: str) -> None:
        way = await self._credentials.way(scope)
        if way is None:
            return
        with named():
            await way.client.chat_postMessage(
                channel=thread.channel,
                thread_ts=thread.timestamp,
                text=escaped(text),
                parse="none",
                unfurl_links=False,
                unfurl_media=False,
            )

    async def whisper_in(
        self, scope: Scope, thread: SlackThread, slack_user_id: str, text: str
    ) -> None:
        way = await self._credentials.way(scope)
        if way is None:
            return
        with named():
            await way.client.chat_postEphemeral(
                channel=thread.channel, thread_ts=thread.timestamp, user=slack_user_id, text=text
            )

    async def write(self, scope: Scope, slack_user_id: str, text: str) -> None:
        way = await self._credentials.way(scope)
        if way is None:
            return
        with named():
            await way.client.chat_postMessage(
                channel=slack_user_id, text=text, unfurl_links=False, unfurl_media=False
            )


def _user(claims: Any) -> SlackUser:  # noqa: ANN401 - what we signed ourselves
    return SlackUser(claims["team"], claims["user"], claims["name"])


def _not_installed() -> NotFoundError:
    return NotFoundError("Slack is not installed in this space.", code="slack_not_installed")


def _channel_unknown() -> InvalidError:
    return InvalidError("Slack knows no such channel.", code="slack_channel_unknown")


def _grant_refused(why: str) -> InvalidError:
    return InvalidError(f"Slack did not install the app: {why}.", code="grant_refused")
