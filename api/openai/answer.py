"""What a turn has come to, as items of OpenAI's: made of stored events alone, so that a stream's
last word, and a response asked for years later, are the same."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from api.openai.names import approval_name
from domain.citation_marks import groups_in

Item = dict[str, Any]

# The server whose tools they are, in words that clients know: what runs on our side is nothing that
# a client's loop should run.
SERVER: Final = "holdfast"
# Of one answer: the rest of its marks stays text.
MOST_ANNOTATIONS: Final = 200
_CUT: Final = frozenset({"cancelled", "length", "content_filter"})
_CALL: Final = re.compile(r"^call_")


@dataclass(slots=True)
class Usage:
    """Of all the turn's own calls to providers."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    def add(self, event: Mapping[str, Any]) -> None:
        self.input_tokens += event["input_tokens"]
        self.output_tokens += event["output_tokens"]
        self.cached_tokens += event["cached_tokens"]


@dataclass(slots=True)
class Ending:
    """How the turn ended; `kind` is the event's."""

    kind: str
    outcome: str
    finish: str = ""
    code: str = ""
    detail: str = ""


@dataclass(slots=True)
class Answer:
    """A fold of events that are stored; those that are not change nothing here."""

    agent: str = ""
    started_at: int | None = None
    """Seconds since 1970; None until it has begun."""
    labels: dict[str, str] = field(default_factory=dict)
    echo: dict[str, Any] = field(default_factory=dict)
    """Of the request."""
    instructions: str = ""
    ended_at: int | None = None
    items: list[Item] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    ending: Ending | None = None
    waits: set[str] = field(default_factory=set)
    """Calls that wait for a person."""
    _steps: dict[int, Item] = field(default_factory=dict)
    _sources: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    _calls: dict[str, Item] = field(default_factory=dict)

    def take(self, kind: str, event: Mapping[str, Any]) -> Item | None:
        """The item that the event makes, if it makes one."""
        match kind:
            case "turn.started":
                self.started_at, self.agent = seconds(event["at"]), event["agent"]
                self.labels = event.get("labels") or {}
                self.echo = event.get("echo") or {}
                self.instructions = event.get("instructions") or ""
            case "agent.chosen":
                self.agent = event["agent"]
            case "retrieval.completed":
                return self._searched(event)
            case "text.completed":
                return self._said(event)
            case "text.withdrawn":
                self._withdraw(event["step"])
            case "usage.recorded":
                self.usage.add(event)
            case "turn.completed" | "turn.failed" | "turn.stopped":
                self._end(kind, event)
            case _:
                return self._acted(kind, event)
        return None

    def _acted(self, kind: str, event: Mapping[str, Any]) -> Item | None:
        match kind:
            case "tool.requested":
                self._calls[event["call_id"]] = call_item(event)
            case "approval.requested":
                self.waits.add(event["call_id"])
                return self._asked(event)
            case "approval.decided" | "approval.expired":
                self.waits.discard(event["call_id"])
                self._decided(event)
            case "tool.completed" | "tool.failed":
                return self._called(kind, event)
        return None

    def _searched(self, event: Mapping[str, Any]) -> Item | None:
        self._sources = {source["mark"]: source for source in event["sources"]}
        if not event["sources"]:
            return None
        item: Item = {
            "id": f"fs_{_key(event)}",
            "type": "file_search_call",
            "status": "completed",
            "queries": [event["query"]] if event.get("query") else [],
            "results": None,
        }
        self.items.append(item)
        return item

    def _said(self, event: Mapping[str, Any]) -> Item:
        text = event["text"]
        status = "incomplete" if event["finish"] in _CUT else "completed"
        item = message_item(f"msg_{UUID(event['message_id']).hex}", status, text)
        item["content"][0]["annotations"] = annotations(text, self._sources)
        stood = self._steps.get(event["step"])
        if stood in self.items:
            self.items.remove(stood)
        self._steps[event["step"]] = item
        self.items.append(item)
        return item

    def _withdraw(self, step: int | None) -> None:
        gone = [self._steps.pop(one) for one in list(self._steps) if step in {None, one}]
        self.items = [item for item in self.items if not any(item is one for one in gone)]

    def _asked(self, event: Mapping[str, Any]) -> Item:
        name = approval_name(UUID(event["approval_id"]))
        if (call := self._calls.get(event["call_id"])) is not None:
            call["approval_request_id"] = name
        item: Item = {
            "id": name,
            "type": "mcp_approval_request",
            "name": event["tool"],
            "arguments": orjson.dumps(event["arguments"]).decode(),
            "server_label": SERVER,
        }
        self.items.append(item)
        return item

    def _decided(self, event: Mapping[str, Any]) -> None:
        call = self._calls.get(event["call_id"])
        if call is not None and event.get("edited") is not None:
            call["arguments"] = orjson.dumps(event["edited"]).decode()

    def _called(self, kind: str, event: Mapping[str, Any]) -> Item:
        item = dict(self._calls.get(event["call_id"]) or call_item(event))
        if kind == "tool.completed":
            item |= {"status": "completed", "output": event["result"]}
            found = {source["mark"]: source for source in event["sources"]}
            self._sources = {**self._sources, **found}
        else:
            content = [{"type": "text", "text": f"{event['code']}: {event['detail']}"}]
            error = {"type": "mcp_tool_execution_error", "content": content}
            item |= {"status": "failed", "error": error}
        self.items.append(item)
        return item

    def _end(self, kind: str, event: Mapping[str, Any]) -> None:
        self.waits.clear()
        self.ended_at = seconds(event["at"])
        self.ending = Ending(
            kind,
            event["outcome"],
            event.get("finish", ""),
            event.get("code", ""),
            event.get("detail", ""),
        )


def message_item(name: str, status: str, text: str | None = None) -> Item:
    content: list[Item] = [] if text is None else [text_part(text)]
    return {
        "id": name,
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    }


def text_part(text: str) -> Item:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def call_item(event: Mapping[str, Any]) -> Item:
    return {
        "id": _CALL.sub("mcp_", event["call_id"]),
        "type": "mcp_call",
        "status": "in_progress",
        "name": event["name"],
        "arguments": orjson.dumps(event.get("arguments") or {}).decode(),
        "server_label": SERVER,
        "approval_request_id": None,
        "output": None,
        "error": None,
    }


def annotations(text: str, sources: Mapping[int, Mapping[str, Any]]) -> list[Item]:
    """What each mark in the text stands for: a page of the web, or a document."""
    if not sources:
        return []
    found = [
        _annotation(group.start, group.end, sources[number])
        for group in groups_in(text)
        for number in group.numbers
        if number in sources
    ]
    return found[:MOST_ANNOTATIONS]


def _annotation(start: int, end: int, source: Mapping[str, Any]) -> Item:
    if source.get("url"):
        return {
            "type": "url_citation",
            "start_index": start,
            "end_index": end,
            "title": source["title"],
            "url": source["url"],
        }
    return {
        "type": "file_citation",
        "index": start,
        "file_id": source["document_id"],
        "filename": source["title"],
    }


def seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _key(event: Mapping[str, Any]) -> str:
    return f"{UUID(event['turn_id']).hex}{event['id'].replace('.', '')}"
