"""How many tokens a text is, without a vocabulary: close enough to fit a window and to bill."""

from models.payloads.chat import ChatRequest, ToolCall, Usage


def count(text: str) -> int:
    """An estimate."""
    return -(-len(text.encode("utf-8", "replace")) // 4)


def estimated_usage(request: ChatRequest, text: str, calls: tuple[ToolCall, ...] = ()) -> Usage:
    """The usage of a call whose provider gave none."""
    asked = sum(count(message.content) + 4 for message in request.messages)
    answered = count(text) + sum(count(call.name + call.arguments) for call in calls)
    return Usage(input_tokens=asked + count(request.instructions), output_tokens=answered)
