"""Our own dialect, and the response that carries it."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from sse_starlette import ServerSentEvent

from api.dialects import native
from api.dialects.sse import escaped
from domain import wire
from models.payloads.events import EventId, LoggedEvent, TextDelta
from tests.api.fakes.clock import NOW

TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from('\u0085\u2028\u2029\r\n\\"'))


@given(TEXT, st.integers(0, 2**53 - 1), st.integers(0, 2**53 - 1))
def test_an_event_is_encoded_as_the_library_would_and_reads_back(
    text: str, turn: int, sequence: int
) -> None:
    logged = LoggedEvent(
        id=EventId(turn, sequence), at=NOW, turn_id=uuid4(), event=TextDelta(step=1, text=text)
    )
    event = wire.encode(logged)
    frame = native.encode(event)

    data = escaped(event.data)
    library = ServerSentEvent(data.decode(), event=event.kind, id=str(event.id), sep="\n")
    assert frame == library.encode()
    assert len(frame.decode().splitlines()) == 4
    assert wire.decode(data) == logged
