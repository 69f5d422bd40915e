"""A conversation as Markdown: whoever wrote what, nothing of it passes for something else."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from domain.export import head, quoted, section
from domain.ports.conversations import Conversation, ConversationKind, ConversationState, Message
from domain.ports.export import ExportedCall, ExportedMessage
from models.payloads.chat import Role
from models.payloads.sources import Source
from models.payloads.turn import CallStatus, Outcome

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PIECES = [
    *("# Heading", "## Assistant", "===", "---", "***", "- item", "1. one", "> quote", "    code"),
    *(
        "```",
        "````",
        "~~~",
        "```html",
        "`",
        "``",
        "<b>",
        "</blockquote>",
        "<!--",
        "-->",
        "<script>",
    ),
    *(
        "<?php",
        "<![CDATA[",
        "<div",
        "</div>",
        "[1]: http://x.test",
        "[link](javascript:x)",
        "|",
        "\\",
    ),
    *("\t", "  ", "\r", "\r\n", "\u2028", "\x0b", "\x0c", "\x00", "<https://x.test>", "&lt;", "$$"),
    *("word", "\n", "\n\n", "", " "),
]
NASTY = st.lists(st.sampled_from(PIECES), max_size=30).map("\n".join) | st.lists(
    st.sampled_from(PIECES), max_size=30
).map("".join)
renderer = MarkdownIt("commonmark").enable("table")


def message(text: str, role: Role = Role.USER, **fields: object) -> ExportedMessage:
    said = Message(uuid4(), role, text, None, uuid4(), NOW)
    kept = {"step": None, "agent": "general", "outcome": None, "last": False, "calls": ()}
    return ExportedMessage(**{"message": said, **kept, **fields})  # type: ignore[arg-type]  # a test's fields


def conversation(title: str | None) -> Conversation:
    state = ConversationState.ACTIVE
    return Conversation(uuid4(), title, "general", ConversationKind.CHAT, state, NOW, NOW)


def shape(text: str) -> tuple[list[str], list[str]]:
    """The blocks at the top, and the headings among them."""
    tokens = renderer.parse(text)
    top = [token.type for token in tokens if token.level == 0 and token.nesting >= 0]
    headings = [
        tokens[index + 1].content
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]
    kinds = {token.type for token in tokens}
    kinds |= {child.type for token in tokens for child in token.children or ()}
    assert not kinds & {"html_block", "html_inline"}
    return top, headings


@given(st.lists(NASTY, min_size=1, max_size=3))
def test_each_message_is_one_quotation_under_its_own_heading(texts: list[str]) -> None:
    written = head(conversation("T"), NOW) + "".join(section(message(text)) for text in texts)

    top, headings = shape(written)

    assert headings == ["T", *["User, 2026-11-20 12:00 UTC"] * len(texts)]
    assert top.count("blockquote_open") == sum(bool(text) for text in texts)
    assert set(top) <= {"heading_open", "paragraph_open", "blockquote_open"}


@given(NASTY)
def test_titles_tools_and_sources_are_lines_of_plain_text(text: str) -> None:
    call = ExportedCall("c", text, {text: text}, text, "allow", None, CallStatus.COMPLETED, text, None, None)  # fmt: skip  # noqa: E501
    source = Source(mark=1, passage_id=uuid4(), document_id=uuid4(), title=text, snippet=text, url=text)  # fmt: skip  # noqa: E501
    said = Message(uuid4(), Role.ASSISTANT, "said", None, uuid4(), NOW, sources=(source,))
    one = message("", calls=(call,), agent=text)
    other = message("", message=said, agent=text, outcome=Outcome.STOPPED, last=True)

    top, headings = shape(head(conversation(text), NOW) + section(one) + section(other))

    assert len(headings) == 3
    assert top.count("fence") == (2 if text else 1)
    assert top.count("bullet_list_open") == 1
    assert "table_open" not in top


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\n\nb", "> a\n>\n> b\n"),
        ("```\n<b>\n```\n<b>", "> ```\n> <b>\n> ```\n> &lt;b>\n"),
        ("1 < 2 and a<b", "> 1 < 2 and a&lt;b\n"),
        ("line  \nbreak", "> line  \n> break\n"),
    ],
)
def test_its_own_markdown_stays(text: str, wanted: str) -> None:
    assert quoted(text) == wanted
