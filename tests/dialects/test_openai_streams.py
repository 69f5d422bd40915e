"""Every turn as OpenAI's streams, held against OpenAI's own clients."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from api.openai.completion import text_of
from api.openai.numbers import LARGEST, MOST_ITEMS, Number, Open
from models.payloads.events import LoggedEvent, TextCompleted
from tests.dialects.corpus import names, recorded, turns
from tests.dialects.legal_turns import TURN, Played, played
from tests.dialects.node import Clients
from tests.dialects.openai_node import openai_node
from tests.dialects.openai_readers import (
    accumulated,
    chat,
    completed,
    ended,
    numbers,
    responses,
    said,
    spoken,
    texts,
)

__all__ = ["openai_node"]

# Turns are long to make and to read, and a failing one longer to shrink.
FEW = settings(max_examples=25, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def _changed(events: Sequence[LoggedEvent]) -> bool:
    """A text was changed after its deltas were sent."""
    return any(isinstance(e.event, TextCompleted) and e.event.removed_marks for e in events)


def _tell_the_truth(turn_id: UUID, frames: list[bytes], events: Sequence[LoggedEvent]) -> None:
    """What any reader must end with, over however many streams it read."""
    found = numbers(frames)
    assert found == sorted(set(found))
    assert found[-1] <= LARGEST
    final = accumulated(frames)
    end = ended(frames)
    assert end == ended(responses(turn_id, events))
    assert (final is None) == (end["status"] != "completed")
    if final is not None:
        assert final.output_text == "".join(texts(end))
    if not _changed(events):
        heard = list(spoken(frames).values())
        assert all(text in heard for text in texts(end))


@pytest.mark.parametrize("name", names())
def test_pythons_helper_understands_each_stream(name: str) -> None:
    for turn_id, events in turns(*name.split(".")).items():
        _tell_the_truth(turn_id, responses(turn_id, events), events)


@pytest.mark.parametrize("shape", sorted(recorded()))
def test_any_number_resumes_with_exactly_the_rest(shape: str) -> None:
    for turn_id, events in turns(shape, "live").items():
        frames = responses(turn_id, events)
        for place, number in enumerate(numbers(frames), start=1):
            assert responses(turn_id, events, number) == frames[place:]


@pytest.mark.parametrize("shape", sorted(recorded()))
def test_any_number_resumes_when_only_what_is_stored_is_left(shape: str) -> None:
    for turn_id, events in turns(shape, "live").items():
        stored = turns(shape, "stored")[turn_id]
        frames = responses(turn_id, events)
        found = numbers(frames)
        for place in range(1, len(frames), max(1, len(frames) // 12)):
            rest = responses(turn_id, stored, found[place - 1])
            _tell_the_truth(turn_id, frames[:place] + rest, stored)


@given(played())
@FEW
def test_no_legal_turn_makes_what_a_client_rejects(turn: Played) -> None:
    for events in (turn.live, turn.lost, turn.stored):
        _tell_the_truth(TURN, responses(TURN, events), events)


@given(played(), st.data())
@FEW
def test_a_log_that_lost_its_memory_resumes_at_any_number(turn: Played, cut: st.DataObject) -> None:
    frames = responses(TURN, turn.live)
    place = cut.draw(st.integers(1, len(frames) - 1))
    number = numbers(frames)[place - 1]
    for left in (turn.lost, turn.stored):
        rest = responses(TURN, left, number)
        assert numbers(rest)[0] > number
        _tell_the_truth(TURN, frames[:place] + rest, left)


@given(played())
@FEW
def test_made_up_numbers_break_nothing(turn: Played) -> None:
    for number in (1, 7, 2**20, 2**31 + 5, LARGEST):
        responses(TURN, turn.live, number)
        assert Number.read(number).packed() <= LARGEST


@given(
    st.builds(
        Number,
        st.integers(1, 2**31 - 1),
        st.integers(0, 255),
        st.integers(0, MOST_ITEMS),
        st.sampled_from(Open),
        st.booleans(),
    )
)
def test_a_number_says_where_its_reader_stands(number: Number) -> None:
    assert Number.read(number.packed()) == number
    assert number.packed() <= LARGEST


def _streams() -> Iterator[list[str]]:
    for shape in sorted(recorded()):
        for turn_id, events in turns(shape, "live").items():
            stored = turns(shape, "stored")[turn_id]
            frames = responses(turn_id, events)
            yield [frame.decode() for frame in frames]
            yield [frame.decode() for frame in responses(turn_id, stored)]
            found = numbers(frames)
            for place in {1, 2, len(frames) // 2, len(frames) - 1}:
                rest = responses(turn_id, stored, found[place - 1])
                yield [frame.decode() for frame in frames[:place] + rest]


async def test_nodes_helper_understands_each_stream(openai_node: Clients) -> None:
    """Whole, replayed, and cut and taken up again."""
    streams = list(_streams())
    seen = await openai_node.ask("responses", streams=streams)
    for stream, one in zip(streams, seen, strict=True):
        assert "error" not in one, one["error"]
        end = ended([stream[-1].encode()])
        assert one["final"]["output_text"] == "".join(texts(end))
        assert [item["id"] for item in one["final"]["output"]] == [
            item["id"] for item in end["output"]
        ]


async def test_nodes_helper_understands_made_up_turns(openai_node: Clients) -> None:
    streams: list[list[str]] = []

    @given(played(), st.data())
    @FEW
    def gather(turn: Played, cut: st.DataObject) -> None:
        frames = responses(TURN, turn.live)
        place = cut.draw(st.integers(1, len(frames) - 1))
        rest = responses(TURN, turn.lost, numbers(frames)[place - 1])
        streams.append([frame.decode() for frame in frames[:place] + rest])

    gather()
    for one in await openai_node.ask("responses", streams=streams):
        assert "error" not in one, one["error"]


def _told(events: Sequence[LoggedEvent]) -> None:
    """A chat ends with the text that stands, or with an error, or had it changed behind it."""
    frames, encoder = chat(events)
    found = completed(frames)
    if found is not None and not _changed(events):
        assert found.choices[0].message.content == text_of(encoder.answer)
    if found is not None:
        assert found.choices[0].finish_reason in {"stop", "length", "content_filter"}
        assert found.usage.completion_tokens == encoder.answer.usage.output_tokens


@pytest.mark.parametrize("name", names())
def test_pythons_helper_understands_each_chat(name: str) -> None:
    for events in turns(*name.split(".")).values():
        _told(events)


@given(played())
@FEW
def test_no_legal_turn_makes_a_chat_that_says_something_else(turn: Played) -> None:
    withdrawn = any(event.event.kind == "text.withdrawn" for event in turn.live)
    for events in (turn.live, turn.lost, turn.stored) if not withdrawn else ():
        _told(events)


async def test_nodes_helper_understands_each_chat(openai_node: Clients) -> None:
    logs = [
        events
        for shape in sorted(recorded())
        for kind in ("live", "stored")
        for events in turns(shape, kind).values()
    ]
    made = [chat(events) for events in logs]
    streams = [[frame.decode() for frame in frames] for frames, _ in made]
    seen = await openai_node.ask("chats", streams=streams)
    for (frames, encoder), one in zip(made, seen, strict=True):
        failed = "error" in said(frames[-1]) if b"[DONE]" not in frames[-1] else False
        assert ("error" in one) == failed, one.get("error")
        if not failed:
            assert one["text"] == text_of(encoder.answer)


def test_an_answer_begun_again_goes_on_where_it_says_the_same() -> None:
    for turn_id, events in turns("superseded", "live").items():
        assert any(event.event.kind == "attempt.superseded" for event in events), turn_id
        frames, encoder = chat(events)
        assert completed(frames).choices[0].message.content == text_of(encoder.answer)
