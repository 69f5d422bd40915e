"""Content: versions that stay, a review that decides once, approved text that is found again."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities.publication import Publication
from adapters.originals.store import originals_at
from adapters.store.collections import PostgresCollections
from adapters.store.contents import PostgresContents
from adapters.store.documents import PostgresDocuments
from domain.canonical import digest
from domain.ports.approvals import ApprovalState, Decision
from domain.ports.content import APPROVED_COLLECTION, Author, ContentItem, ContentState
from models.errors import AccessError, AppError, ConflictError, NotFoundError
from models.payloads.ingestion import IngestionStart
from models.payloads.policy import Asking
from models.payloads.scope import Scope
from models.states import Role
from tests.judging import a_judgement
from tests.store.stage import Stage

AGENT = Author(agent="email", turn_id=uuid4())
PERSON = Author(user_id=uuid4())


@dataclass
class Ingestions:
    """The part of the engine that publishing reaches."""

    started: list[IngestionStart] = field(default_factory=list)
    failures: list[AppError] = field(default_factory=list)

    async def start_ingestion(self, start: IngestionStart) -> None:
        if self.failures:
            raise self.failures.pop()
        self.started.append(start)


@dataclass
class Desk:
    stage: Stage
    contents: PostgresContents
    documents: PostgresDocuments
    engine: Ingestions
    publication: Publication

    @property
    def scope(self) -> Scope:
        return self.stage.scope

    async def draft(self, text: str = "Dear reader", author: Author = AGENT) -> ContentItem:
        return await self.contents.create(
            self.scope, item_id=uuid4(), kind="email", title="Spring", text=text, author=author
        )

    async def submit(self, item: ContentItem, asking: Asking | None = None) -> UUID:
        asked = await self.contents.submit(
            self.scope, item.id, by=self.stage.user_id, asking=asking or Asking()
        )
        assert asked.review_id is not None
        return asked.review_id

    async def review(self, item: ContentItem, decision: Decision, note: str = "") -> ContentItem:
        review = await self.submit(item)
        judgement = a_judgement(decision, self.stage.user_id, note)
        await self.stage.approvals.decide(self.scope, review, judgement)
        await self.publication.settle(self.scope, item.id, review)
        return await self.contents.get(self.scope, item.id)

    async def revise(self, item: ContentItem, text: str) -> ContentItem:
        return await self.contents.revise(
            self.scope,
            item.id,
            expected=item.newest.number,
            title=item.newest.title,
            text=text,
            author=AGENT,
        )


@pytest.fixture
def desk(stage: Stage, tmp_path: Path) -> Desk:
    contents = PostgresContents(stage.database)
    documents = PostgresDocuments(stage.database, originals_at(str(tmp_path)))
    engine = Ingestions()
    publication = Publication(
        contents,
        documents,
        PostgresCollections(stage.database),
        engine,  # type: ignore[arg-type]  # the one method that is called
    )
    return Desk(stage, contents, documents, engine, publication)


async def test_a_draft_is_made_once_however_often_it_is_asked_for(desk: Desk) -> None:
    item_id = uuid4()
    made = [
        await desk.contents.create(
            desk.scope, item_id=item_id, kind="post", title="A", text="first", author=AGENT
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert made[0].newest.text == "first"
    assert (made[0].agent, made[0].newest.turn_id) == ("email", AGENT.turn_id)


@pytest.mark.parametrize(
    "other",
    [{"kind": "post"}, {"title": "Autumn"}, {"text": "Dear all"}, {"author": AGENT}],
    ids=lambda other: next(iter(other)),
)
async def test_another_text_is_not_lost_to_an_id_that_is_taken(
    desk: Desk, other: dict[str, Any]
) -> None:
    item = await desk.draft(author=PERSON)
    await desk.revise(item, "Dear readers")
    same: dict[str, Any] = {
        "kind": "email",
        "title": "Spring",
        "text": "Dear reader",
        "author": PERSON,
    }
    found = await desk.contents.create(desk.scope, item_id=item.id, **same)
    assert found.newest.text == "Dear readers"
    with pytest.raises(ConflictError) as refused:
        await desk.contents.create(desk.scope, item_id=item.id, **{**same, **other})
    assert refused.value.code == "content_exists"


async def test_a_revision_names_the_version_that_it_was_made_on(desk: Desk) -> None:
    item = await desk.draft()
    revised = await desk.revise(item, "Dear readers")
    assert [version.text for version in revised.versions] == ["Dear reader", "Dear readers"]
    # The same once more, as after a lost answer.
    assert await desk.revise(item, "Dear readers") == revised
    with pytest.raises(ConflictError) as refused:
        await desk.revise(item, "Dear all")
    assert refused.value.code == "content_changed"


async def test_a_review_is_asked_for_the_version_that_was_read(desk: Desk) -> None:
    item = await desk.draft()
    await desk.revise(item, "Dear readers")
    with pytest.raises(ConflictError) as refused:
        await desk.contents.submit(
            desk.scope, item.id, by=desk.stage.user_id, asking=Asking(), expected=1
        )
    assert refused.value.code == "content_changed"
    asked = await desk.contents.submit(
        desk.scope, item.id, by=desk.stage.user_id, asking=Asking(), expected=2
    )
    assert asked.state is ContentState.IN_REVIEW


async def test_a_review_shows_the_whole_text_and_is_bound_to_it(desk: Desk) -> None:
    item = await desk.draft("x" * 50_000)
    review = await desk.submit(item, Asking(four_eyes=True))
    approval = await desk.stage.approvals.get(desk.scope, review)
    assert approval.arguments["text"] == "x" * 50_000
    assert approval.arguments_hash == digest(approval.arguments)
    assert (approval.content_id, approval.agent, approval.tainted) == (item.id, "email", True)
    assert (approval.turn_id, approval.four_eyes) == (None, True)


async def test_neither_who_asked_nor_who_wrote_decides_where_four_eyes_must_see(
    desk: Desk,
) -> None:
    writer = uuid4()
    item = await desk.draft(author=Author(user_id=writer))
    review = await desk.submit(item, Asking(four_eyes=True))
    for person in (desk.stage.user_id, writer):
        with pytest.raises(AccessError) as refused:
            await desk.stage.approvals.decide(
                desk.scope, review, a_judgement(Decision.APPROVE, person, role=Role.ADMIN)
            )
        assert refused.value.code == "four_eyes"
    approved, _ = await desk.stage.approvals.decide(
        desk.scope, review, a_judgement(Decision.APPROVE, uuid4())
    )
    assert (approved.state, approved.written_by) == (ApprovalState.APPROVED, writer)


async def test_a_writer_decides_where_two_eyes_are_enough(desk: Desk) -> None:
    item = await desk.draft(author=Author(user_id=desk.stage.user_id))
    approved = await desk.review(item, Decision.APPROVE)
    assert approved.state is ContentState.APPROVED


@pytest.mark.parametrize(("first", "tainted"), [(AGENT, True), (PERSON, False)])
async def test_an_agent_s_words_stay_marked_under_a_person_s_title(
    desk: Desk, first: Author, *, tainted: bool
) -> None:
    item = await desk.draft(author=first)
    await desk.contents.revise(
        desk.scope, item.id, expected=1, title="Mine", text=item.newest.text, author=PERSON
    )
    review = await desk.submit(item)
    assert (await desk.stage.approvals.get(desk.scope, review)).tainted is tainted


async def test_nothing_changes_under_a_review(desk: Desk) -> None:
    item = await desk.draft()
    await desk.submit(item)
    for attempt in (desk.revise(item, "Other"), desk.submit(item)):
        with pytest.raises(ConflictError) as refused:
            await attempt
        assert refused.value.code == "content_in_review"


async def test_approved_text_joins_its_collection(desk: Desk) -> None:
    item = await desk.review(await desk.draft(), Decision.APPROVE)
    assert (item.state, item.approved_version, item.review_id) == (ContentState.APPROVED, 1, None)
    assert item.document_id is not None
    document = await desk.documents.get(desk.scope, item.document_id)
    assert (document.title, document.collection) == ("Spring", APPROVED_COLLECTION)
    assert [start.document_id for start in desk.engine.started] == [document.id]
    with pytest.raises(ConflictError) as refused:
        await desk.submit(item)
    assert refused.value.code == "content_approved"


async def test_what_is_sent_back_is_a_draft_with_the_note(desk: Desk) -> None:
    item = await desk.review(await desk.draft(), Decision.REVISE, "Shorter, please.")
    assert (item.state, item.newest.note) == (ContentState.DRAFT, "Shorter, please.")
    assert (item.document_id, desk.engine.started) == (None, [])
    again = await desk.review(await desk.revise(item, "Hi"), Decision.APPROVE)
    assert again.approved_version == 2


async def test_the_next_approved_version_takes_the_document_s_place(desk: Desk) -> None:
    first = await desk.review(await desk.draft(), Decision.APPROVE)
    draft = await desk.revise(first, "Dear friends")
    assert (draft.state, draft.approved_version) == (ContentState.DRAFT, 1)
    second = await desk.review(draft, Decision.APPROVE)
    assert second.document_id == first.document_id
    assert [start.version for start in desk.engine.started] == [1, 2]


async def test_what_is_approved_stands_in_its_collection_wherever_it_stood(desk: Desk) -> None:
    first = await desk.review(await desk.draft(), Decision.APPROVE)
    assert first.document_id is not None
    await desk.documents.update(desk.scope, first.document_id, collection="general")
    await desk.review(await desk.revise(first, "Dear friends"), Decision.APPROVE)
    moved = await desk.documents.get(desk.scope, first.document_id)
    assert moved.collection == APPROVED_COLLECTION


async def test_bytes_that_were_brought_before_their_approval_move_with_it(desk: Desk) -> None:
    item = await desk.draft()
    early, _ = await desk.documents.add(
        desk.scope,
        desk.stage.user_id,
        title="Early",
        name="early.md",
        media_type="text/markdown",
        data=f"# Spring\n\nDear reader\n\n<!-- {item.id} -->\n".encode(),
    )
    approved = await desk.review(item, Decision.APPROVE)
    document = await desk.documents.get(desk.scope, early.id)
    assert approved.document_id == early.id
    assert (document.title, document.collection) == ("Spring", APPROVED_COLLECTION)


async def test_a_document_that_somebody_deleted_comes_back(desk: Desk) -> None:
    first = await desk.review(await desk.draft(), Decision.APPROVE)
    assert first.document_id is not None
    await desk.documents.delete(desk.scope, first.document_id)
    second = await desk.review(await desk.revise(first, "Dear friends"), Decision.APPROVE)
    assert second.document_id not in {None, first.document_id}


async def test_bytes_that_somebody_uploaded_before_do_not_stand_in_the_way(desk: Desk) -> None:
    first = await desk.review(await desk.draft(), Decision.APPROVE)
    draft = await desk.revise(first, "Dear friends")
    ahead, _ = await desk.documents.add(
        desk.scope,
        desk.stage.user_id,
        title="Mine",
        name="mine.md",
        media_type="text/markdown",
        data=f"# Spring\n\nDear friends\n\n<!-- {first.id} -->\n".encode(),
    )
    second = await desk.review(draft, Decision.APPROVE)
    assert second.document_id == ahead.id
    document = await desk.documents.get(desk.scope, ahead.id)
    assert (document.title, document.collection) == ("Spring", APPROVED_COLLECTION)
    assert first.document_id is not None
    with pytest.raises(NotFoundError):
        await desk.documents.get(desk.scope, first.document_id)


async def test_publishing_goes_on_where_a_crash_left_it(desk: Desk) -> None:
    item = await desk.draft()
    review = await desk.submit(item)
    await desk.stage.approvals.decide(
        desk.scope, review, a_judgement(Decision.APPROVE, desk.stage.user_id)
    )
    desk.engine.failures.append(ConflictError("Away.", code="engine_away"))
    with pytest.raises(ConflictError):
        await desk.publication.settle(desk.scope, item.id, review)
    for _ in range(2):
        await desk.publication.settle(desk.scope, item.id, review)
    assert len(desk.engine.started) == 1
    found = await desk.contents.get(desk.scope, item.id)
    assert found.published_version == found.approved_version == 1


async def test_a_verdict_on_an_older_review_changes_nothing(desk: Desk) -> None:
    item = await desk.review(await desk.draft(), Decision.DENY)
    waiting = await desk.submit(item)
    settled = await desk.contents.settle(desk.scope, item.id, uuid4())
    assert (settled.state, settled.review_id) == (ContentState.IN_REVIEW, waiting)


async def test_another_space_has_no_such_item(desk: Desk) -> None:
    item = await desk.draft()
    foreign = Scope(organisation_id=uuid4(), space_id=uuid4())
    with pytest.raises(NotFoundError) as refused:
        await desk.contents.get(foreign, item.id)
    assert refused.value.code == "content_not_found"
    assert (await desk.contents.page(foreign, state=None, limit=9, cursor=None)).items == []


async def test_lists_go_on_where_they_ended(desk: Desk) -> None:
    made = [await desk.draft(str(number)) for number in range(3)]
    first = await desk.contents.page(desk.scope, state=ContentState.DRAFT, limit=2, cursor=None)
    rest = await desk.contents.page(
        desk.scope, state=ContentState.DRAFT, limit=2, cursor=first.next_cursor
    )
    found = [item.id for item in (*first.items, *rest.items)]
    assert found == [item.id for item in reversed(made)]
    assert (
        await desk.contents.page(desk.scope, state=ContentState.APPROVED, limit=2, cursor=None)
    ).items == []
