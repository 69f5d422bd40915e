"""Conversations found again by what was said in them."""

from uuid import UUID, uuid4

import pytest

from adapters.store.spaces import PostgresSpaces
from domain.ports.conversations import Conversation, Page, Sought
from domain.ports.identity import Caller
from models.errors import InvalidError
from models.payloads.scope import Scope
from models.payloads.turn import Outcome
from models.states import Role
from tests.store.stage import Stage


async def search(
    stage: Stage, query: str, limit: int = 50, cursor: str | None = None
) -> Page[Conversation]:
    return await stage.conversations.page(
        stage.scope, limit=limit, cursor=cursor, sought=Sought(query)
    )


async def ids(stage: Stage, query: str) -> list[UUID]:
    return [one.id for one in (await search(stage, query)).items]


async def conversation(stage: Stage, *texts: str, title: str | None = None) -> UUID:
    stage.conversation_id = uuid4()
    await stage.create()
    for text in texts:
        await stage.exchange(text, "Well.")
    if title is not None:
        await stage.conversations.update(stage.scope, stage.conversation_id, title=title)
    return stage.conversation_id


async def test_titles_come_before_texts_and_each_newest_first(stage: Stage) -> None:
    text = await conversation(stage, "the spring budget", title="one")
    older = await conversation(stage, title="Budget for spring")
    newer = await conversation(stage, "spring, budget", title="Springtime budgets")
    await conversation(stage, "spring alone", title="no")

    assert await ids(stage, "spring budget") == [newer, older, text]


@pytest.mark.parametrize(
    "query",
    [
        "campaign",
        "CAMP",
        "spring camp",
        "campaign spring",
        "äpfel",
        "Ä",
        "o'neill",
        "!camp (x.com)",
    ],
)
async def test_beginnings_of_words_are_found_in_any_case(stage: Stage, query: str) -> None:
    wanted = await conversation(stage, "The Spring CAMPAIGN, O'Neill: Äpfel at x.com/page?")
    assert await ids(stage, query) == [wanted]
    await conversation(stage, title="The Spring CAMPAIGN, O'Neill: Äpfel at x.com/page?")
    assert len(await ids(stage, query)) == 2


@pytest.mark.parametrize(
    "query",
    [
        "amp",
        "nothing",
        "campaigns",
        "% _",
        "'",
        "\\",
        "' | 'a':*",
        "a & b",
        "(",
        "*",
        "[",
        "<->",
        ":*",
        "\u2603",
    ],
)
async def test_what_is_not_there_is_not_found_however_it_is_written(
    stage: Stage, query: str
) -> None:
    await conversation(stage, "the campaign", title="The title")
    assert await ids(stage, query) == []


async def test_a_snippet_shows_the_place_of_the_hit(stage: Stage) -> None:
    await conversation(stage, "before " * 60 + "the needle here " + "after " * 60)

    [found] = (await search(stage, "need")).items

    assert found.snippet is not None
    assert "needle here" in found.snippet
    assert len(found.snippet) <= 160


async def test_every_branch_is_searched_and_nothing_that_was_withdrawn(stage: Stage) -> None:
    kept = await conversation(stage, "first")
    await stage.exchange("unicorn on a branch")
    await stage.claim(stage.message("instead", parent_id=UUID(int=0)))
    await conversation(stage, "second")
    gone, _ = await stage.begin("unicorn in vain")
    await stage.close(gone, Outcome.WITHDRAWN)

    assert await ids(stage, "unicorn") == [kept]


async def test_pages_of_a_search_give_each_once_and_pass_over_the_withdrawn(stage: Stage) -> None:
    wanted = []
    for number in range(4):
        wanted.append(await conversation(stage, f"zebra {number}"))
        await conversation(stage)
        gone, _ = await stage.begin("zebra that went")
        await stage.close(gone, Outcome.WITHDRAWN)
    wanted.append(await conversation(stage, title="Zebra"))
    seen: list[UUID] = []
    cursor: str | None = None
    while True:
        page = await search(stage, "zebra", limit=2, cursor=cursor)
        seen += [one.id for one in page.items]
        if (cursor := page.next_cursor) is None:
            break

    assert seen == wanted[::-1]


async def test_pinned_and_archived_are_lists_of_their_own(stage: Stage) -> None:
    plain = await conversation(stage, title="penguin")
    pinned = await conversation(stage, title="penguin")
    archived = await conversation(stage, title="penguin")
    for _ in range(2):
        await stage.conversations.update(stage.scope, pinned, pinned=True)
        await stage.conversations.update(stage.scope, archived, archived=True)

    async def of(**fields: bool | None) -> set[UUID]:
        found = set()
        for query in ("", "penguin"):
            page = await stage.conversations.page(
                stage.scope, limit=50, cursor=None, sought=Sought(query, **fields)
            )
            found.add(tuple(one.id for one in page.items if one.title))
        [same] = found
        return set(same)

    assert await of() == {plain, pinned}
    assert await of(archived=True) == {archived}
    assert await of(archived=None) == {plain, pinned, archived}
    assert await of(pinned=True) == {pinned}
    assert await of(pinned=False, archived=None) == {plain, archived}
    unpinned = await stage.conversations.update(stage.scope, pinned, pinned=False)
    assert not unpinned.pinned
    assert await of(pinned=True) == set()


async def test_a_search_sees_its_own_space_alone(stage: Stage) -> None:
    await conversation(stage, "okapi in the text", title="okapi")
    ours = stage.scope
    for organisation in (ours.organisation_id, uuid4()):
        stage.scope = Scope(organisation_id=organisation, space_id=uuid4())
        caller = Caller(
            user_id=stage.user_id,
            organisation_id=organisation,
            spaces={stage.scope.space_id: Role.ADMIN},
            token_id="test",
        )
        await PostgresSpaces(stage.database).mirror(caller, stage.scope)
        own = await conversation(stage, "okapi of ours")
        assert await ids(stage, "okapi") == [own]
    stage.scope = ours
    assert len(await ids(stage, "okapi")) == 1


async def test_what_is_cleared_is_found_no_more(stage: Stage) -> None:
    gone = await conversation(stage, "quagga")
    assert await ids(stage, "quagga") == [gone]
    await stage.conversations.clear(stage.scope, gone)
    assert await ids(stage, "quagga") == []
    assert await stage.sql("SELECT 1 FROM message_words WHERE conversation_id = $1", gone) == []


async def test_text_that_no_index_takes_is_stored_all_the_same(stage: Stage) -> None:
    found = await conversation(stage, "a" * 5_000 + " ibex " + "\u2028 b\0c " * 20_000)
    await stage.exchange(" ", "")
    assert await ids(stage, "ibex") == [found]


@pytest.mark.parametrize("cursor", ["x", "MTox", "MjoxOmE", "MToxOnh4"])
async def test_a_cursor_of_another_list_is_refused(stage: Stage, cursor: str) -> None:
    with pytest.raises(InvalidError):
        await search(stage, "word", cursor=cursor)
