"""Check a subject line, and a sequence of mails, on their real text."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from domain import email_checks
from domain.email_checks import Mail
from domain.tools.cited import shown
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool

_CLOSE: Final = 1
_FAR: Final = 14
_MOST_REPEATS: Final = 10

Subject = Annotated[str, Field(min_length=1, max_length=300)]
TextLanguage = Annotated[str, Field(pattern="^[a-z]{2}$")]


class MailDraft(BaseModel):
    """One mail of a sequence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: int = Field(ge=0, le=730, description="Day it is sent, counted from the start, from 0.")
    subject: Subject
    preview: str = Field(default="", max_length=500)
    body: str = Field(min_length=1, max_length=10_000)


async def subject_line_check(
    context: ToolContext,  # noqa: ARG001 -- every tool takes it
    subjects: Annotated[list[Subject], Field(min_length=1, max_length=20)],
    preview: Annotated[str, Field(max_length=500)] = "",
) -> str:
    """Check subject lines: length, spam words, capitals, personalisation and merge fields, and how
    they go with the preview text. Gives measures, no open rates: those are known only by sending.

    Args:
        subjects: One or more subject lines, as they would be sent.
        preview: The preview text that stands beside them; empty for none.
    """
    lines = []
    for subject in subjects:
        fields = email_checks.personalised(subject)
        lines.append(f"“{shown(subject, 300)}”")
        lines.append(
            f"- {len(subject)} characters, {len(subject.split())} words; personalised: "
            f"{shown(', '.join(fields)) or 'no'}; question: {'yes' if '?' in subject else 'no'}; "
            f"number: {'yes' if any(letter.isdigit() for letter in subject) else 'no'}"
        )
        problems = email_checks.subject_problems(subject, preview)
        lines += [f"- look at: {shown(problem, 300)}" for problem in problems]
        if not problems:
            lines.append("- nothing to object to by these rules")
    return "\n".join(lines)


async def sequence_check(
    context: ToolContext,  # noqa: ARG001 -- every tool takes it
    mails: Annotated[list[MailDraft], Field(min_length=2, max_length=20)],
    language: TextLanguage = "en",
) -> str:
    """Check a sequence of mails: the days between them, repetition, one call to action each, links
    that lead nowhere, ways to unsubscribe, length and reading ease, and each subject line.

    Args:
        mails: The mails in the order in which they are sent.
        language: Their language, two letters.
    """
    drafts = [Mail(mail.day, mail.subject, mail.body, mail.preview) for mail in mails]
    # Up to 200,000 characters: others' tokens go through this loop.
    return await asyncio.to_thread(_report, drafts, language)


def _report(mails: Sequence[Mail], language: str) -> str:
    lines = ["The sequence as a whole:"]
    lines += [f"- {problem}" for problem in _whole(mails)] or ["- nothing to object to"]
    for number, mail in enumerate(mails, 1):
        lines += ["", f"Mail {number}, day {mail.day}: “{shown(mail.subject, 300)}”"]
        lines.append(f"- {email_checks.reading(mail.body, language)}")
        lines += [f"- {problem}" for problem in _one(mail)]
    return "\n".join(lines)


def _whole(mails: Sequence[Mail]) -> Iterator[str]:
    between = email_checks.gaps(mails)
    yield f"days between mails: {', '.join(map(str, between))}"
    for at, days in enumerate(between, 1):
        if days < 0:
            yield f"mail {at + 1} is sent before mail {at}"
        elif days <= _CLOSE:
            yield f"mails {at} and {at + 1} are {days} days apart: that is close"
        elif days > _FAR:
            yield f"mails {at} and {at + 1} are {days} days apart: readers may have forgotten"
    yield from _repetition(mails)


def _repetition(mails: Sequence[Mail]) -> Iterator[str]:
    subjects = [" ".join(mail.subject.casefold().split()) for mail in mails]
    for at, subject in enumerate(subjects):
        if subject in subjects[:at]:
            yield f"mail {at + 1} has the subject of mail {subjects.index(subject) + 1}"
    for one, other, share in email_checks.pairs_alike(mails):
        yield f"mails {one + 1} and {other + 1} share {share:.0%} of their words"
    repeats = list(email_checks.repeated_sentences(mails))
    for one, other, sentence in repeats[:_MOST_REPEATS]:
        yield f"mails {one + 1} and {other + 1} both say: “{shown(sentence)}”"
    if len(repeats) > _MOST_REPEATS:
        yield f"and {len(repeats) - _MOST_REPEATS} more sentences that repeat"


def _one(mail: Mail) -> Iterator[str]:
    calls = email_checks.calls(mail.body)
    named = shown("; ".join(calls[:6]), 300)
    if not calls:
        yield "no call to action was found: neither a link nor a line that reads like a button"
    elif len(calls) > 1:
        yield f"{len(calls)} calls to action, one is clearer: {named}"
    else:
        yield f"one call to action: {named}"
    if dead := email_checks.dead_links(mail.body):
        yield f"links that lead nowhere: {shown('; '.join(dead[:6]), 300)}"
    if not email_checks.has_unsubscribe(mail.body):
        yield "no way to unsubscribe in the text (the sending system may add one)"
    if found := email_checks.spam_words(mail.body):
        yield f"words that read as advertising: {', '.join(found)}"
    for problem in email_checks.subject_problems(mail.subject, mail.preview):
        yield f"subject: {shown(problem, 300)}"


SUBJECT_LINE_CHECK: Tool = tool(
    subject_line_check, effect=Effect.READ, trusted=True, reach=Reach.NOTHING
)
SEQUENCE_CHECK: Tool = tool(sequence_check, effect=Effect.READ, trusted=True, reach=Reach.NOTHING)
