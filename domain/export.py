"""A conversation as Markdown that says who said what, whatever is in it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import orjson
from markdown_it import MarkdownIt

from domain.ports.conversations import Conversation
from domain.ports.export import ExportedCall, ExportedMessage
from models.payloads.chat import Role
from models.payloads.sources import Source
from models.payloads.turn import Outcome

_SIGNS: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&$:@^=])")
_LINES: Final = re.compile(r"\r\n|\r|\n")
# What a renderer could take for HTML or for a link's address in angle brackets.
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
_CODE: Final = frozenset({"fence", "code_block"})
# Of a call's arguments or result: enough to see what it was.
_EXCERPT: Final = 2_000
# As what is written will be read: without HTML, whose blocks would hide a fence.
_markdown: Final = MarkdownIt("commonmark", {"html": False})


def head(conversation: Conversation, at: datetime) -> str:
    title = escaped(conversation.title or "Conversation")
    return (
        f"# {title}\n\n"
        f"Agent {escaped(conversation.agent)}, begun {_time(conversation.created_at)},"
        f" taken out {_time(at)}.\n"
    )


def section(one: ExportedMessage) -> str:
    """A message under a heading of its own; what it says is quoted, so that no heading, fence or
    tag of it reaches beyond it."""
    message = one.message
    spoke = f"Assistant ({escaped(one.agent)})" if one.agent else "Assistant (brought along)"
    who = "User" if message.role is Role.USER else spoke
    parts = [f"\n## {who}, {_time(message.created_at)}\n"]
    if message.content:
        parts.append(quoted(message.content))
    parts += [_called(call) for call in one.calls]
    if message.sources and not one.calls:
        parts.append("Sources:\n\n" + "".join(_source(source) for source in message.sources))
    if one.last and one.outcome not in {None, Outcome.COMPLETED}:
        parts.append(f"*This turn ended as {escaped(str(one.outcome))}.*\n")
    return "\n".join(parts)


def escaped(text: str) -> str:
    """In one line, and of no meaning in Markdown or HTML."""
    flat = " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())
    return _SIGNS.sub(r"\\\1", flat).replace("\\<", "&lt;").replace("\\&", "&amp;")


def quoted(text: str) -> str:
    """As a block quotation, with its own Markdown but without HTML."""
    lines = [f"> {line}" if line else ">" for line in _LINES.split(text)]
    code = _code_lines(lines)
    plain = (
        line if number in code else _TAG.sub("&lt;", line) for number, line in enumerate(lines)
    )
    return "".join(f"{line}\n" for line in plain)


def _code_lines(lines: Sequence[str]) -> set[int]:
    """Where nothing is HTML, and an entity would be shown as it is written."""
    tokens = _markdown.parse("\n".join(lines))
    found = (token.map for token in tokens if token.type in _CODE and token.map is not None)
    return {line for begin, end in found for line in range(begin, end)}


def _called(call: ExportedCall) -> str:
    arguments = call.raw_arguments
    if call.arguments is not None:
        arguments = orjson.dumps(call.arguments, option=orjson.OPT_INDENT_2).decode()
    said = f"Tool {escaped(call.name)}, {escaped(call.status.value)}:\n\n"
    result = f"\n{fenced(call.result)}" if call.result else ""
    return f"{said}{fenced(arguments)}{result}"


def fenced(text: str) -> str:
    """Code, in a fence that is longer than any in it."""
    cut = text if len(text) <= _EXCERPT else text[:_EXCERPT] + "…"
    longest = max((len(run) for run in re.findall(r"`+", cut)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n" + "\n".join(_LINES.split(cut)) + f"\n{fence}\n"


def _source(source: Source) -> str:
    page = "" if source.page is None else f", page {source.page}"
    address = "" if source.url is None else f", {escaped(source.url)}"
    return f"- \\[{source.mark}\\] {escaped(source.title)}{page}{address}\n"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
