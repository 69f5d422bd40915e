"""Subject lines and sequences, by rules over their real text."""

from typing import Any

import orjson
import pytest

from domain import email_checks
from domain.tools.email import SEQUENCE_CHECK, SUBJECT_LINE_CHECK
from domain.tools.tool import ArgumentsError, Reach
from tests.tools.desk import a_context

PREVIEW = "Twelve pairs, three months, one winner for wet feet"
FOOTER = "\n\n[Unsubscribe](https://us.example/u)"


@pytest.mark.parametrize(
    ("subject", "problem"),
    [
        ("x" * 71, "71 characters"),
        ("x" * 60, "phones cut"),
        ("Shoes", "room for more"),
        ("BUY these shoes TODAY right now", "words in capitals: TODAY"),
        ("Shoes for you!! Really good ones", "exclamation marks"),
        ("Act now: risk-free shoes for all", "act now, risk-free"),
        ("Re: your order of trail shoes", "reply or forward"),
        ("{{ first_name }}, your new shoes", "has no fallback"),
        ("{{ first_name }, your new shoes", "a merge field is broken"),
        ("{first_name}, your new shoes are in", "a merge field is broken"),
        ("Shoes 🎉 for 🏃 all of you here", "2 emojis"),
    ],
)
def test_a_subject_is_told_what_is_wrong_with_it(subject: str, problem: str) -> None:
    assert any(problem in said for said in email_checks.subject_problems(subject, PREVIEW))


@pytest.mark.parametrize(
    "subject",
    [
        "Which trail shoe grips in the rain?",
        '{{ first_name | default("Hi") }}: your shoes are in',
        "Free your feet: 3 lighter shoes",
    ],
)
def test_a_sound_subject_is_left_alone(subject: str) -> None:
    assert email_checks.subject_problems(subject, PREVIEW) == []


def test_a_preview_must_say_something_more() -> None:
    subject = "Which trail shoe grips in the rain?"
    assert "no preview text" in email_checks.subject_problems(subject)[0]
    assert any(
        "repeats the subject" in said
        for said in email_checks.subject_problems(subject, f"{subject} Read it now, it is new.")
    )


async def test_each_subject_gets_its_measures_and_no_open_rate() -> None:
    said = await SUBJECT_LINE_CHECK.run(
        a_context(),
        {"subjects": ["Which trail shoe grips in the rain?", "FREE MONEY!!!"], "preview": PREVIEW},
    )
    assert "35 characters, 7 words; personalised: no; question: yes" in said
    assert "nothing to object to" in said
    assert "free money" in said
    assert "%" not in said
    assert (SUBJECT_LINE_CHECK.trusted, SUBJECT_LINE_CHECK.reach) == (True, Reach.NOTHING)


def mail(day: int, subject: str, body: str, preview: str = PREVIEW) -> dict[str, Any]:
    return {"day": day, "subject": subject, "body": body, "preview": preview}


async def test_a_sequence_is_checked_as_a_whole_and_mail_by_mail() -> None:
    said = await SEQUENCE_CHECK.run(
        a_context(),
        {
            "mails": [
                mail(
                    0,
                    "Which trail shoe grips in the rain?",
                    "We ran in the rain for three months so you need not. "
                    "[Read the test](https://us.example/test?utm=1)" + FOOTER,
                ),
                mail(
                    1,
                    "Which trail shoe grips in the rain?",
                    "We ran in the rain for three months so you need not. Buy now! "
                    "[Shop](https://us.example/shop) or [read](https://us.example/test)",
                ),
                mail(30, "Your feet after 30 days of mud", "Tell us how they feel today."),
            ]
        },
    )
    for part in (
        "days between mails: 1, 29",
        "mails 1 and 2 are 1 days apart: that is close",
        "mails 2 and 3 are 29 days apart",
        "mail 2 has the subject of mail 1",
        "mails 1 and 2 both say: “We ran in the rain",
        "one call to action: Read the test",
        "2 calls to action, one is clearer: Shop; read",
        "no call to action was found",
        "no way to unsubscribe",
        "words that read as advertising: buy now",
    ):
        assert part in said, part
    assert said.count("no way to unsubscribe") == 2


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ("Look:\n[Get your pair →]\n", 1),
        ("https://us.example/a and https://us.example/a#top", 1),
        ("[a](https://us.example/a) https://us.example/b", 2),
        ("[Mail us](mailto:x@us.example)", 0),
        ("[Abmelden](https://us.example/u)", 0),
        ("We read a lot of books about running in the mountains and the valleys.", 0),
    ],
)
def test_calls_to_action_are_counted_by_where_they_lead(body: str, calls: int) -> None:
    assert len(email_checks.calls(body)) == calls


@pytest.mark.parametrize(
    ("body", "dead"),
    [
        ("[Read](#) [Shop](https://example.com/shop) [Go](https://us.example/)", ["Read", "Shop"]),
        ("[Buy]() [Call](http://) [Top](#top)", ["Buy", "Call", "Top"]),
        ("[Fine](https://example.company/) [Too](mailto:x@us.example)", []),
    ],
)
def test_links_that_lead_nowhere_are_named(body: str, dead: list[str]) -> None:
    assert email_checks.dead_links(body) == dead


@pytest.mark.parametrize(
    "mails",
    [
        [],
        [mail(0, "One", "alone")],
        [mail(0, "x", "y")] * 21,
        [mail(-1, "x", "y"), mail(1, "x", "y")],
        [mail(0, "x", "y" * 10_001), mail(1, "x", "y")],
        [mail(0, "x", "y") | {"send": True}, mail(1, "x", "y")],
    ],
)
def test_a_sequence_has_limits(mails: list[dict[str, Any]]) -> None:
    with pytest.raises(ArgumentsError):
        SEQUENCE_CHECK.validate(orjson.dumps({"mails": mails}).decode())
