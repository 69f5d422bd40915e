"""Strangers' words in a message: whatever they are, Slack takes it and obeys none of it."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import message
from adapters.slack.text import visible
from domain.ports.approvals import Approval, ApprovalState
from domain.ports.slack import Question
from local.slack import checking
from models.errors import BadRequestError
from models.payloads.policy import Quote
from models.payloads.scope import Scope

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SCOPE = Scope(organisation_id=uuid4(), space_id=uuid4())
NASTY = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            *("<!channel>", "<@UADA>", "<https://evil.example|your bank>", "```", "*bold*", "&lt;"),
            *("\u202egnp.exe", "a\u200bb", "\ud800", "\x00", "<!subteam^S1>", "x" * 5_000),
        ]
    ),
)
# What is put into markup by us: dates, people, and links to the app.
OURS = re.compile(
    r"<!date\^\d+\^[^>|]*\|[^>]*>|<@U\w+>|<https://app\.example/[^|>]*\|Open in the app>"
)


def an_approval(**changes: Any) -> Approval:  # noqa: ANN401 - fields of Approval
    fields: dict[str, Any] = {
        "id": uuid4(),
        "conversation_id": None,
        "turn_id": None,
        "call_id": "call",
        "tool": "publish_note",
        "arguments": {},
        "state": ApprovalState.PENDING,
        "note": "",
        "requested_at": NOW,
        "expires_at": NOW,
        "decided_at": None,
        "decided_by": None,
        "executed_at": None,
        "arguments_hash": "a" * 64,
        **changes,
    }
    return Approval(**fields)


def markup(part: object) -> list[str]:
    """Every text that Slack reads as markup."""
    match part:
        case {"type": "mrkdwn", "text": str(text)}:
            return [text]
        case dict():
            return [text for inner in part.values() for text in markup(inner)]
        case list():
            return [text for inner in part for text in markup(inner)]
        case _:
            return []


@given(
    tool=NASTY,
    agent=NASTY,
    reason=NASTY,
    note=NASTY,
    quoted=NASTY,
    arguments=st.dictionaries(NASTY, NASTY, max_size=5),
    state=st.sampled_from(list(ApprovalState)),
)
def test_no_word_of_theirs_acts_in_slack(
    tool: str,
    agent: str,
    reason: str,
    note: str,
    quoted: str,
    arguments: dict[str, str],
    state: ApprovalState,
) -> None:
    quote = Quote.model_construct(path=quoted[:200], text=quoted[:300], source=quoted[:300])
    approval = an_approval(
        tool=tool[:200],
        agent=agent[:200],
        reason=reason,
        note=note,
        arguments=arguments,
        state=state,
        tainted=True,
        quotes=(quote,) * 12,
        decided_by=uuid4() if state is ApprovalState.APPROVED else None,
        decided_at=NOW,
    )
    made = message.message(
        SCOPE, approval, "CHERE", "https://app.example/approvals/1", decided_by="<@UADA>"
    )

    checking.blocks(made.blocks)
    for text in [made.text, *markup(made.blocks)]:
        assert "<" not in OURS.sub("", text), text
    shown = str([made.text, *made.blocks])
    assert not re.search("[\u202a-\u202e\u200b\u2066-\u2069]", shown)


@pytest.mark.parametrize(
    ("hidden", "seen"),
    [
        ("pay\u202eeur", "pay⟦U+202E⟧eur"),
        ("a\u200bb", "a⟦U+200B⟧b"),
        ("\u3164", "⟦U+3164⟧"),
        ("\U000e0041", "⟦U+E0041⟧"),
        ("e\ufe01", "e⟦U+FE01⟧"),
    ],
)
def test_what_hides_is_written_out(hidden: str, seen: str) -> None:
    assert visible(hidden) == seen


@pytest.mark.parametrize("plain", ["Grüße, 你好!\n\tja", "❤️ 👩‍💻", "naïve"])
def test_ordinary_text_and_pictures_stay_as_they_are(plain: str) -> None:
    assert visible(plain) == plain


def test_a_button_says_whose_approval_and_which_arguments() -> None:
    asked = Question(SCOPE, uuid4(), "b" * 64, "CHERE")
    assert message.question(message.value(asked)) == asked
    assert len(message.value(asked)) <= 2_000


@given(st.one_of(st.text(max_size=200), st.from_regex(r"1:[0-9a-g]{30,33}(:[0-9a-f]{32}){2}:.*")))
def test_a_value_that_is_not_from_here_is_refused(value: str) -> None:
    with pytest.raises(BadRequestError):
        message.question(value)
