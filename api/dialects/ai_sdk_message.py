"""What a client holds of a message after these chunks: AI SDK's own fold, for histories."""

from collections.abc import Iterable
from typing import Any

from api.dialects.ai_sdk_parts import Chunk

Part = dict[str, Any]


def message(chunks: Iterable[Chunk]) -> dict[str, Any]:
    """An assistant's UIMessage."""
    folding = _Folding()
    for chunk in chunks:
        folding.take(chunk)
    return {
        "id": folding.id,
        "role": "assistant",
        "metadata": folding.metadata,
        "parts": folding.parts,
    }


class _Folding:
    def __init__(self) -> None:
        self.id = ""
        self.metadata: dict[str, Any] = {}
        self.parts: list[Part] = []
        self._open: dict[str, Part] = {}

    def take(self, chunk: Chunk) -> None:
        match chunk["type"]:
            case "start" | "finish" | "message-metadata":
                self.id = chunk.get("messageId", self.id)
                self.metadata = _merged(self.metadata, chunk.get("messageMetadata", {}))
            case "start-step":
                self.parts.append({"type": "step-start"})
            case "reset-step":
                del self.parts[self._step_start() :]
                self._open.clear()
            case "source-url" | "source-document":
                self.parts.append(dict(chunk))
            case str(kind) if kind.startswith(("text-", "reasoning-")):
                self._speak(chunk)
            case str(kind) if kind.startswith("tool-"):
                self._call(chunk)
            case str(kind) if kind.startswith("data-"):
                self._data(chunk)

    def _step_start(self) -> int:
        """Where the parts of the step begin."""
        places = [i for i, part in enumerate(self.parts, 1) if part["type"] == "step-start"]
        return places[-1] if places else 0

    def _speak(self, chunk: Chunk) -> None:
        name, _, what = chunk["type"].partition("-")
        if what == "start":
            part: Part = {"type": name, "text": "", "state": "streaming"}
            if name == "reasoning":
                part["id"] = chunk["id"]
            self._open[chunk["id"]] = part
            self.parts.append(part)
            return
        part = self._open[chunk["id"]]
        part["text"] += chunk.get("delta", "")
        if what == "end":
            part["state"] = "done"
            del self._open[chunk["id"]]
            if "providerMetadata" in chunk:
                part["providerMetadata"] = chunk["providerMetadata"]

    def _call(self, chunk: Chunk) -> None:
        part = self._part(chunk)
        about = chunk.get("providerMetadata")
        match chunk["type"]:
            case "tool-input-available":
                part |= {"state": "input-available", "input": chunk["input"]}
                part |= {} if about is None else {"callProviderMetadata": about}
            case "tool-approval-request":
                part["state"] = "approval-requested"
                part["approval"] = {"id": chunk["approvalId"], "requestReason": chunk["reason"]}
            case "tool-approval-response":
                part["state"] = "approval-responded"
                part["approval"]["approved"] = chunk["approved"]
                part["approval"] |= {"reason": chunk["reason"]} if "reason" in chunk else {}
            case "tool-output-available":
                part |= {"state": "output-available", "output": chunk["output"]}
                part |= {} if about is None else {"resultProviderMetadata": about}
            case "tool-output-error":
                part |= {"state": "output-error", "errorText": chunk["errorText"]}
                part |= {} if about is None else {"resultProviderMetadata": about}
            case "tool-output-denied":
                part["state"] = "output-denied"

    def _part(self, chunk: Chunk) -> Part:
        """The call's; made when there is none."""
        for part in reversed(self.parts):
            if part["type"] == "dynamic-tool" and _means(chunk, part):
                return part
        part = {
            "type": "dynamic-tool",
            "toolName": chunk["toolName"],
            "toolCallId": chunk["toolCallId"],
            "providerExecuted": True,
        }
        self.parts.append(part)
        return part

    def _data(self, chunk: Chunk) -> None:
        if chunk.get("transient"):
            return
        for part in self.parts:
            if part["type"] == chunk["type"] and part["id"] == chunk["id"]:
                part["data"] = chunk["data"]
                return
        self.parts.append(dict(chunk))


def _means(chunk: Chunk, part: Part) -> bool:
    if "toolCallId" in chunk:
        return bool(chunk["toolCallId"] == part["toolCallId"])
    return bool(chunk["approvalId"] == part.get("approval", {}).get("id"))


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    both = {name: _merged(old[name], new[name]) for name in old.keys() & new.keys()
            if isinstance(old[name], dict) and isinstance(new[name], dict)}  # fmt: skip
    return {**old, **new, **both}
