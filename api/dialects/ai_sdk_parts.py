"""Pieces of AI SDK chunks, each made of one event."""

from enum import IntEnum
from typing import Any, Final

from models.payloads.events import TextCompleted, ToolCompleted, ToolFailed
from models.payloads.sources import Source

Chunk = dict[str, Any]
# Calls that a person's verdict, or nobody's, has ended.
_REFUSED: Final = frozenset({"denied", "expired", "revised"})


class Client(IntEnum):
    """Major versions of the `ai` package. None survives a kind of chunk that it does not know: 6
    added what approvals need, 7 what takes parts back (`reset-step`) and answers approvals."""

    V5 = 5
    V6 = 6
    V7 = 7


def ours(fields: dict[str, Any]) -> dict[str, Any]:
    """Metadata as chunks carry it, by whose it is. Never null: not all clients take that."""
    return {"holdfast": {name: value for name, value in fields.items() if value is not None}}


def tool_input(call_id: str, name: str, arguments: dict[str, Any]) -> Chunk:
    """Run by us: a client that has tools of its own must not try."""
    return {
        "type": "tool-input-available",
        "toolCallId": call_id,
        "toolName": name,
        "input": arguments,
        "dynamic": True,
        "providerExecuted": True,
    }


def tool_output(event: ToolCompleted | ToolFailed, client: Client) -> Chunk:
    # Version 5 looks for the call among those of this kind alone.
    told: Chunk = {"toolCallId": event.call_id, "dynamic": True}
    match event:
        case ToolCompleted(result=result, truncated=truncated):
            about = {"providerMetadata": ours({"truncated": True})} if truncated else {}
            return {"type": "tool-output-available", **told, "output": result, **about}
        case ToolFailed(code=code) if code in _REFUSED and client >= Client.V6:
            return {"type": "tool-output-denied", **told}
        case ToolFailed(code=code, detail=detail):
            about = {"providerMetadata": ours({"code": code})}
            return {"type": "tool-output-error", **told, "errorText": detail, **about}


def spoken(event: TextCompleted) -> dict[str, Any]:
    told = {"removed_marks": list(event.removed_marks), "redacted": list(event.redacted)}
    return {
        "message_id": str(event.message_id),
        "step": event.step,
        **{name: value for name, value in told.items() if value},
    }


def source(cited: Source) -> Chunk:
    """A page of the web that was read for this turn alone is in no collection."""
    about = {"providerMetadata": ours(cited.model_dump(mode="json"))}
    mark = str(cited.mark)
    if cited.url and not cited.collection:
        return {
            "type": "source-url", "sourceId": mark, "url": cited.url, "title": cited.title, **about
        }  # fmt: skip
    return {
        "type": "source-document",
        "sourceId": mark,
        "mediaType": "text/plain",
        "title": cited.title,
        **about,
    }
