"""What stands between a stream and its readers keeps order, cursors and secrets."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.safety.kinds import PLACES
from domain.safety.redaction import spans_of
from domain.safety.valve import BySentence, Open, Part, Redacting, Shut, Valve
from models.payloads.chat import Cursor, ReasoningPart, TextPart
from models.payloads.safety import Private
from tests.safety.test_redaction import PIECES

KINDS = frozenset({Private.EMAIL, Private.CARD})


def said(text: str, number: int) -> TextPart:
    return TextPart(text=text, cursor=Cursor(response_id="r", sequence=number))


def thought(text: str, number: int) -> ReasoningPart:
    return ReasoningPart(text=text, cursor=Cursor(response_id="r", sequence=number))


def through(valve: Valve, parts: Sequence[Part]) -> list[tuple[Part, ...]]:
    return [valve.take(part) for part in parts]


def text_of(parts: Sequence[Part]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def test_nothing_to_take_out_holds_nothing() -> None:
    part = said("jane@example.org", 1)
    assert Open().take(part) == (part,)


def test_a_part_is_held_whole_and_the_cursor_with_it() -> None:
    parts = [said("Write to jane@", 1), said("example.org", 2), said(" today. ", 3)]
    first, second, last = through(Redacting(KINDS), parts)
    assert (first, second) == ((), ())
    assert text_of(last) == f"Write to {PLACES[Private.EMAIL]} today. "
    assert last[-1].cursor == Cursor(response_id="r", sequence=3)


def test_a_thought_behind_held_text_waits_for_it() -> None:
    valve = Redacting(KINDS)
    assert valve.take(said("jane@exam", 1)) == ()
    assert valve.take(thought("hm ", 2)) == ()
    shown = valve.take(said("ple.org, indeed ", 3))
    assert [type(part) for part in shown] == [ReasoningPart, TextPart]
    assert text_of(shown) == f"{PLACES[Private.EMAIL]}, indeed "


def final(text: str) -> list[str]:
    """What becomes of each sign once the whole is known."""
    signs = list(text)
    for span in spans_of(text, KINDS, 0):
        signs[span.start : span.end] = [PLACES[span.kind], *[""] * (span.end - span.start - 1)]
    return signs


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(PIECES), st.integers(2, 12)), max_size=5))
def test_readers_never_hold_more_than_their_cursor_says(
    drawn: list[tuple[bool, str, int]],
) -> None:
    parts: list[Part] = []
    for thinks, text, size in drawn:
        for start in range(0, len(text), size):
            make = thought if thinks else said
            parts.append(make(text[start : start + size], len(parts) + 1))
    signs = final(text_of(parts))
    valve = Redacting(KINDS)
    shown, reached = "", 0
    for part in parts:
        out = valve.take(part)
        shown += text_of(out)
        cursors = [one.cursor.sequence for one in out if one.cursor]
        reached = max([reached, *cursors])
        # Taken up from this cursor, nothing is missing and nothing comes twice.
        place = len(text_of(parts[:reached]))
        assert shown == "".join(signs[:place])
        assert len(cursors) <= 1


def test_a_stream_that_is_taken_up_knows_what_stood_before() -> None:
    valve = Redacting({Private.NATIONAL}, shown="My passport number is ")
    assert text_of(valve.take(said("X1234567 or so people say, always ", 1))).startswith(
        PLACES[Private.NATIONAL]
    )


def test_sentences_come_whole_and_once_looked_at() -> None:
    looked_at: list[str] = []

    def fine(text: str) -> bool:
        looked_at.append(text)
        return False

    shown = through(
        BySentence((), "", fine),
        [said(w, n) for n, w in enumerate(["One", " two.", " Thr", "ee!\n"])],
    )
    assert [text_of(out) for out in shown] == ["", "", "One two.", " Three!\n"]
    assert looked_at == ["One two. ", "One two. Three!\n"]


def test_after_a_bad_sentence_nothing_more_is_shown() -> None:
    valve = BySentence((), "", lambda text: "PWNED" in text)
    parts = [said("Good. ", 1), said("PWNED. ", 2), said("Good again. ", 3), said("\n", 4)]
    assert text_of([part for out in through(valve, parts) for part in out]) == "Good. "


def test_no_thought_is_shown_where_sentences_are_looked_at() -> None:
    assert BySentence((), "", lambda _: False).take(thought("I could. ", 1)) == ()


def test_a_sentence_without_end_is_looked_at_all_the_same() -> None:
    valve = BySentence((), "", lambda _: False)
    shown = [text_of(valve.take(said("word " * 100, n))) for n in range(20)]
    assert sum(map(len, shown)) >= 6_000


def test_a_whole_answer_waits_for_its_end() -> None:
    assert Shut().take(said("One.\n", 1)) == ()
