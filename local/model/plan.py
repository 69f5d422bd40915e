"""Decide a whole answer before its first byte: what is said, what is called, how it ends."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from local.model.conversation import Conversation
from local.model.directive import ANY_LINE, MOST_TOKENS, Directive, Failure, Finish, WantedCall
from local.model.quoting import passages_in, quoted_answer, shortened
from local.model.rewriting import asks_for_rewriting, rewritten
from local.model.structure import instance_of, instance_text, structured

TOKEN = re.compile(r"\s*\S+\s*")
# Arguments stream in pieces of this many characters, in at most so many pieces.
ARGUMENT_PIECE = 16
MOST_PIECES = 1_000
LONGEST_RESULT = 1_000
MULTIBYTE = "☃"


class Ending(StrEnum):
    COMPLETED = "completed"
    LENGTH = "length"
    FILTERED = "content_filter"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """`complete` is false when the answer is cut before the arguments' last piece."""

    tool: str
    call_id: str
    pieces: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """`tokens` is None when nothing is said at all. Waits are in seconds."""

    tokens: tuple[str, ...] | None
    calls: tuple[PlannedCall, ...]
    ending: Ending
    failure: Failure | None
    reasoning: int
    stamp: bool
    ttft: float
    gap: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds before the first token and between tokens, unless a message says otherwise."""

    ttft_ms: float = 0.0
    gap_ms: float = 0.0


def planned(
    conversation: Conversation,
    directive: Directive,
    question: str,
    *,
    pace: Pace,
    max_tokens: int | None,
    failure: Failure | None,
) -> Plan:
    """`failure` is the directive's when it is due now; `times` may have used it up."""
    tokens: tuple[str, ...] | None = None
    calls = _calls(conversation, directive, question, failure)
    if not calls and failure is not Failure.EMPTY:
        tokens = _tokens(
            _text(conversation, directive, question, failure), failure, directive.after
        )
    limit, ending = _limit(directive, failure, max_tokens, _size(tokens, calls))
    if failure is Failure.EMPTY:
        calls = ()
    ttft = pace.ttft_ms if directive.ttft_ms is None else directive.ttft_ms
    gap = pace.gap_ms if directive.gap_ms is None else directive.gap_ms
    return Plan(
        tokens=tokens if tokens is None else tokens[:limit],
        calls=_cut(calls, limit),
        ending=ending,
        failure=failure,
        reasoning=directive.reasoning,
        stamp=directive.stamp,
        ttft=ttft / 1000,
        gap=gap / 1000,
    )


def _size(tokens: tuple[str, ...] | None, calls: tuple[PlannedCall, ...]) -> int:
    return len(tokens or ()) + sum(len(call.pieces) for call in calls)


def _limit(
    directive: Directive, failure: Failure | None, max_tokens: int | None, size: int
) -> tuple[int, Ending]:
    """How many tokens come, and why no more."""
    ends = [(size, Ending.COMPLETED)]
    if max_tokens is not None:
        ends.append((max(0, max_tokens - directive.reasoning), Ending.LENGTH))
    if directive.finish is not None:
        reason = Ending.LENGTH if directive.finish is Finish.LENGTH else Ending.FILTERED
        after = size if directive.after is None else directive.after
        ends.insert(0, (min(size, after), reason))
    if failure is not None and (failure.by_status or failure is Failure.FILTER):
        reason = Ending.FILTERED if failure is Failure.FILTER else Ending.FAILED
        ends.insert(0, (min(size, directive.after or 0), reason))
    return min(ends, key=lambda end: end[0])


def _cut(calls: Iterable[PlannedCall], limit: int) -> tuple[PlannedCall, ...]:
    kept: list[PlannedCall] = []
    for call in calls:
        if limit >= len(call.pieces):
            kept.append(call)
        else:
            kept.append(PlannedCall(call.tool, call.call_id, call.pieces[:limit], complete=False))
            break
        limit -= len(call.pieces)
    return tuple(kept)


def _calls(
    conversation: Conversation, directive: Directive, question: str, failure: Failure | None
) -> tuple[PlannedCall, ...]:
    wanted = _wanted(conversation, directive, question)
    if failure is Failure.REPEAT_CALL_ID and wanted:
        wanted = wanted if len(wanted) > 1 else wanted * 2
        repeated = _call_id()
        return tuple(PlannedCall(call.tool, repeated, _pieces(call.arguments)) for call in wanted)
    return tuple(PlannedCall(call.tool, _call_id(), _pieces(call.arguments)) for call in wanted)


def _wanted(
    conversation: Conversation, directive: Directive, question: str
) -> tuple[WantedCall, ...]:
    if conversation.tool_choice == "none":
        return ()
    if directive.call:
        rounds = len(conversation.results) // len(directive.call)
        return directive.call if rounds < directive.calls else ()
    if conversation.tool_choice == "auto" or conversation.results:
        return ()
    named = conversation.tool_choice
    for tool in conversation.tools:
        if named in {"required", tool.name}:
            arguments = instance_text(instance_of(tool.parameters, text=question))
            return (WantedCall(tool.name, arguments),)
    return ()


def _call_id() -> str:
    return f"call_{uuid.uuid4().hex}"


def _pieces(arguments: str) -> tuple[str, ...]:
    size = max(ARGUMENT_PIECE, -(-len(arguments) // MOST_PIECES))
    return tuple(arguments[start : start + size] for start in range(0, len(arguments), size))


def _tokens(text: str, failure: Failure | None, after: int | None) -> tuple[str, ...]:
    """Words with the space behind them."""
    tokens = TOKEN.findall(text)[:MOST_TOKENS]
    if failure in {Failure.SPLIT_UTF8, Failure.BAD_UTF8} and tokens:
        place = min(after or 0, len(tokens) - 1)
        word = tokens[place].rstrip()
        tokens[place] = word + MULTIBYTE + tokens[place][len(word) :]
    return tuple(tokens)


def _text(
    conversation: Conversation, directive: Directive, question: str, failure: Failure | None
) -> str:
    if failure is Failure.GARBAGE:
        return '{"title": ["\\u0000 <<<garbage'
    if directive.reply is not None:
        return directive.reply
    if directive.tokens is not None:
        return "".join(f"w{number} " for number in range(directive.tokens))
    if asks_for_rewriting(conversation.schema):
        return instance_text(rewritten(conversation))
    if conversation.schema is not None:
        return instance_text(structured(conversation))
    results = [result.text for result in conversation.results]
    passages = list(passages_in([*results, *conversation.given, *conversation.instructions]))
    if results and not any("<passage" in result for result in results):
        return _answer_from_results(conversation)
    asked = [turn.text for turn in conversation.turns if turn.role == "user"]
    earlier = ANY_LINE.sub("", asked[-2]) if len(asked) > 1 else ""
    return quoted_answer(question, passages, earlier)


def _answer_from_results(conversation: Conversation) -> str:
    said = " ".join(
        f"{result.tool} answered: {shortened(result.text, LONGEST_RESULT)}"
        for result in conversation.results
    )
    return f"This is the offline model. {said}"
