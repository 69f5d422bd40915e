"""The Web API's methods that we call, with Slack's words for what goes wrong."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from local.slack import checking
from local.slack.desk import Desk
from local.slack.names import APP, BOT, FIRST, NAME, TEAM, TEAM_NAME
from local.slack.workspace import Channel, Message, SlackError, Workspace

Arguments = Mapping[str, Any]
Answered = dict[str, Any]


class Methods:
    def __init__(
        self, workspace: Workspace, desk: Desk, client_id: str, client_secret: str
    ) -> None:
        self._workspace = workspace
        self._desk = desk
        self._client = (client_id, client_secret)
        self.known: dict[str, Callable[[Arguments], Awaitable[Answered]]] = {
            "auth.test": self._auth_test,
            "auth.revoke": self._revoke,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._whisper,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "views.open": self._open,
            "users.info": self._user,
            "conversations.list": self._channels,
            "conversations.info": self._channel,
            "conversations.join": self._join,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
        }

    def signed_in(self, token: str) -> None:
        if not token:
            raise SlackError("not_authed")
        if not self._workspace.held.token:
            raise SlackError("account_inactive")
        if token != self._workspace.held.token:
            raise SlackError("invalid_auth")

    def exchanged(self, client_id: str, client_secret: str, code: str) -> Answered:
        """oauth.v2.access: the app shows who it is instead of a token."""
        if client_id != self._client[0]:
            raise SlackError("invalid_client_id")
        if client_secret != self._client[1]:
            raise SlackError("bad_client_secret")
        return {
            "access_token": self._workspace.install(code),
            "token_type": "bot",
            "scope": "chat:write",
            "bot_user_id": BOT,
            "app_id": APP,
            "team": {"id": TEAM, "name": TEAM_NAME},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": FIRST},
        }

    async def _auth_test(self, _: Arguments) -> Answered:
        return {"team": TEAM_NAME, "team_id": TEAM, "user": NAME, "user_id": BOT}

    async def _revoke(self, _: Arguments) -> Answered:
        self._workspace.uninstall()
        return {"revoked": True}

    async def _post(self, given: Arguments) -> Answered:
        channel = self._written_to(given)
        thread = str(given.get("thread_ts") or "")
        if thread:
            channel.find(thread)
        message = self._workspace.add(
            channel,
            Message(
                ts=self._workspace.now(),
                user=BOT,
                thread_ts=thread,
                broadcast=_true(given.get("reply_broadcast")),
                metadata=_parsed(given.get("metadata")),
                **_content(given),
            ),
        )
        return {"channel": channel.id, "ts": message.ts, "message": _shown(message, whole=True)}

    async def _whisper(self, given: Arguments) -> Answered:
        channel = self._written_to(given)
        user = str(given.get("user") or "")
        if user not in channel.members:
            raise SlackError("user_not_in_channel")
        message = Message(
            ts=self._workspace.now(),
            user=BOT,
            to=user,
            thread_ts=str(given.get("thread_ts") or ""),
            **_content(given),
        )
        return {"message_ts": self._workspace.add(channel, message).ts}

    async def _update(self, given: Arguments) -> Answered:
        channel = self._channel_of(given)
        message = channel.find(str(given.get("ts") or ""))
        if message.user != BOT:
            raise SlackError("cant_update_message")
        content = _content(given)
        message.text, message.blocks = content["text"], content["blocks"]
        message.metadata = _parsed(given.get("metadata")) or message.metadata
        message.edited = True
        message.edits += 1
        self._workspace.save()
        return {"channel": channel.id, "ts": message.ts, "text": message.text}

    async def _delete(self, given: Arguments) -> Answered:
        channel = self._channel_of(given)
        message = channel.find(str(given.get("ts") or ""))
        channel.messages.remove(message)
        self._workspace.save()
        return {"channel": channel.id, "ts": message.ts}

    async def _open(self, given: Arguments) -> Answered:
        view = _parsed(given.get("view"))
        if view is None or view.get("type") != "modal":
            raise SlackError("invalid_arguments")
        checking.blocks(view.get("blocks"), most=100)
        return {"view": self._desk.opened(str(given.get("trigger_id") or ""), view)}

    async def _user(self, given: Arguments) -> Answered:
        person = self._workspace.person(str(given.get("user") or ""))
        return {"user": {**person.model_dump(), "team_id": TEAM, "deleted": False, "is_bot": False}}

    async def _channels(self, _: Arguments) -> Answered:
        found = [_described(one) for one in self._workspace.held.channels.values() if not one.is_im]
        return {"channels": found, "response_metadata": {"next_cursor": ""}}

    async def _channel(self, given: Arguments) -> Answered:
        return {"channel": _described(self._channel_of(given))}

    async def _join(self, given: Arguments) -> Answered:
        channel = self._channel_of(given)
        if channel.is_im:
            raise SlackError("method_not_supported_for_channel_type")
        if BOT not in channel.members:
            channel.members = [*channel.members, BOT]
            self._workspace.save()
        return {"channel": _described(channel)}

    async def _history(self, given: Arguments) -> Answered:
        channel = self._channel_of(given)
        oldest = str(given.get("oldest") or "0")
        whole = _true(given.get("include_all_metadata"))
        found = [
            _shown(one, whole=whole)
            for one in reversed(channel.messages)
            if not one.to and float(one.ts) > float(oldest) and (not one.thread_ts or one.broadcast)
        ]
        limit = min(int(given.get("limit") or 100), 999)
        return {"messages": found[:limit], "has_more": len(found) > limit}

    async def _replies(self, given: Arguments) -> Answered:
        channel = self._channel_of(given)
        first = channel.find(str(given.get("ts") or ""))
        whole = _true(given.get("include_all_metadata"))
        oldest = float(str(given.get("oldest") or "0"))
        replies = [
            one
            for one in channel.messages
            if one.thread_ts == first.ts and not one.to and float(one.ts) > oldest
        ]
        return {"messages": [_shown(one, whole=whole) for one in (first, *replies)]}

    def _channel_of(self, given: Arguments) -> Channel:
        return self._workspace.channel(str(given.get("channel") or ""))

    def _written_to(self, given: Arguments) -> Channel:
        channel = self._channel_of(given)
        if BOT not in channel.members:
            raise SlackError("not_in_channel")
        return channel


def _content(given: Arguments) -> dict[str, Any]:
    text, sent = str(given.get("text") or ""), given.get("blocks")
    if isinstance(sent, str):
        sent = orjson.loads(sent)
    if not text and not sent:
        raise SlackError("no_text")
    if len(text) > checking.LONGEST_TEXT:
        raise SlackError("msg_too_long")
    return {"text": text, "blocks": checking.blocks(sent) if sent else []}


def _parsed(given: Any) -> dict[str, Any] | None:  # noqa: ANN401 - an object, or its JSON
    found = orjson.loads(given) if isinstance(given, str) else given
    return found if isinstance(found, dict) else None


def _true(given: object) -> bool:
    """Forms say 1 and 0."""
    return given in {True, "1", "true", "True"}


def _shown(message: Message, *, whole: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "type": "message",
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
    }
    if message.user == BOT:
        said |= {"bot_id": "B0BOT", "app_id": APP, "team": TEAM}
    if message.thread_ts:
        said["thread_ts"] = message.thread_ts
    if whole and message.metadata:
        said["metadata"] = message.metadata
    return said


def _described(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_im,
        "is_im": channel.is_im,
        "is_private": False,
        "is_archived": False,
        "is_member": BOT in channel.members,
    }
