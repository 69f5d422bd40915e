"""What tools find gets marks that go on from the turn's, one a passage, whatever runs beside."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from adapters.store.citing import MOST_MARKS, PostgresCitings
from domain.ports.transcript import Passage
from domain.prompting import PROFILE_MARK
from models.errors import NotFoundError, StaleAttemptError
from models.payloads.scope import Scope
from models.payloads.sources import Source
from models.payloads.turn import Outcome
from tests.store.stage import Stage, together

WIDE = 100_000


def a_passage(text: str, mark: int = 0, passage_id: UUID | None = None) -> Passage:
    """Of a page, which belongs to no collection."""
    source = Source(
        mark=mark,
        passage_id=passage_id or uuid4(),
        document_id=uuid4(),
        title="T",
        snippet=text[:9],
    )
    return Passage(source, text)


def marks(passages: Sequence[Passage]) -> list[int]:
    return [passage.source.mark for passage in passages]


@pytest.fixture
def citings(stage: Stage) -> PostgresCitings:
    return PostgresCitings(stage.database)


async def test_marks_go_on_and_a_passage_keeps_its_own(
    stage: Stage, citings: PostgresCitings
) -> None:
    message, claimed = await stage.begin()
    turn = stage.turn(message)
    first, profile = a_passage("first", 1), a_passage("We sell bicycles.", PROFILE_MARK)
    await stage.transcript.commit_passages(turn, [profile, first], (), ())
    second, third = a_passage("second"), a_passage("third")

    assert marks(await citings.keep(turn, [second, first])) == [2, 1]
    assert marks(await citings.keep(turn, [third, second, third])) == [3, 2]

    assert marks(await citings.of(turn)) == [0, 1, 2, 3]
    assert [passage.text for passage in await citings.of(turn)][2:] == ["second", "third"]

    record = stage.record(message, claimed.number)
    await stage.transcript.commit_step(turn, 1, 1, record)
    context = await stage.transcript.begin_step(turn, 2, 1, characters=WIDE)
    assert marks(context.passages) == [0, 1, 2, 3]
    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=10, cursor=None
    )
    assert [source.mark for source in page.items[-1].sources] == [1, 2, 3]


async def test_searches_side_by_side_share_no_mark(stage: Stage, citings: PostgresCitings) -> None:
    message, _ = await stage.begin()
    turn = stage.turn(message)
    shared = a_passage("found by all")

    kept = await together(8, lambda index: citings.keep(turn, [a_passage(f"own {index}"), shared]))

    own = [found[0].source.mark for found in kept]
    assert len({found[1].source.mark for found in kept}) == 1
    assert sorted({*own, kept[0][1].source.mark}) == list(range(1, 10))


async def test_there_is_an_end_of_marks(stage: Stage, citings: PostgresCitings) -> None:
    message, _ = await stage.begin()
    found = await citings.keep(
        stage.turn(message), [a_passage(str(number)) for number in range(MOST_MARKS + 2)]
    )
    assert marks(found)[-3:] == [MOST_MARKS, 0, 0]


async def test_a_turn_that_has_ended_or_is_foreign_keeps_nothing(
    stage: Stage, citings: PostgresCitings
) -> None:
    message, _ = await stage.begin()
    turn = stage.turn(message)
    foreign = turn.model_copy(update={"scope": Scope(organisation_id=uuid4(), space_id=uuid4())})
    with pytest.raises(NotFoundError):
        await citings.keep(foreign, [a_passage("x")])
    await stage.close(message, Outcome.STOPPED)
    with pytest.raises(StaleAttemptError):
        await citings.keep(turn, [a_passage("x")])


async def test_what_came_before_a_message_is_found_from_it(stage: Stage) -> None:
    await stage.exchange("one", "two")
    await stage.exchange("three", "four " * 100)
    message, _ = await stage.begin("And five?")

    recent = await stage.transcript.recent(stage.turn(message), messages=3, characters=10)

    assert [(one.role.value, one.content) for one in recent] == [
        ("assistant", "two"),
        ("user", "three"),
        ("assistant", "four four "),
    ]
