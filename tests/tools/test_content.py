"""Drafts that agents make: a new one is free, what others wrote is not."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from domain.catalogue.team import TEAM
from domain.ports.content import Author, ContentItem, ContentState
from domain.reviewing import Reviewing
from domain.tools.content import content_tools
from domain.tools.tool import Effect, ToolContext
from models.payloads.scope import Scope
from tests.api.fakes.content import MemoryContents
from tests.api.fakes.policies import MemoryPolicies
from tests.tools.desk import a_context

DRAFT = {"kind": "email", "title": "Spring", "text": "Dear reader"}


@dataclass
class Told:
    """The part of the engine that reviews reach."""

    reviews: list[UUID] = field(default_factory=list)

    async def start_approval(self, scope: Scope, approval_id: UUID, *, due: bool) -> None:
        self.reviews.append(approval_id)


@dataclass
class Desk:
    contents: MemoryContents = field(default_factory=MemoryContents)
    told: Told = field(default_factory=Told)
    context: ToolContext = field(default_factory=lambda: replace(a_context(), user_id=uuid4()))

    def __post_init__(self) -> None:
        reviewing = Reviewing(self.contents, MemoryPolicies(), self.told)  # type: ignore[arg-type]  # the one method that is called
        self.tools = {one.name: one for one in content_tools(reviewing)}

    async def say(self, name: str, **arguments: object) -> str:
        return await self.tools[name].run(self.context, arguments)

    async def theirs(self) -> ContentItem:
        """What a person wrote."""
        return await self.contents.create(
            self.context.turn.scope, item_id=uuid4(), **DRAFT, author=Author(user_id=uuid4())
        )

    async def item(self, item_id: UUID) -> ContentItem:
        return await self.contents.get(self.context.turn.scope, item_id)


def test_what_changes_a_text_of_others_asks_for_it() -> None:
    effects = {name: tool.effect for name, tool in Desk().tools.items()}
    assert effects == {
        "draft_content": Effect.READ,
        "revise_content": Effect.WRITE,
        "submit_for_review": Effect.WRITE,
    }


async def test_a_draft_stays_one_unless_its_review_is_asked_for() -> None:
    desk = Desk()
    said = await desk.say("draft_content", **DRAFT)
    item = await desk.item(desk.context.idempotency_key)
    assert str(item.id) in said
    assert (item.state, desk.told.reviews) == (ContentState.DRAFT, [])


async def test_a_new_draft_goes_to_its_review_once_however_often_it_is_tried() -> None:
    desk = Desk()
    for _ in range(2):
        assert "waits for its review" in await desk.say("draft_content", **DRAFT, submit=True)
    item = await desk.item(desk.context.idempotency_key)
    assert (item.state, desk.told.reviews) == (ContentState.IN_REVIEW, [item.review_id])


async def test_nothing_is_submitted_in_nobody_s_name() -> None:
    desk = Desk(context=a_context())
    assert "Not submitted" in await desk.say("draft_content", **DRAFT, submit=True)
    assert desk.told.reviews == []


async def test_a_version_that_was_not_read_is_not_submitted() -> None:
    desk = Desk()
    item = await desk.theirs()
    await desk.say(
        "revise_content", content_id=item.id, version=1, title="Spring", text="Dear readers"
    )
    assert "Not submitted" in await desk.say("submit_for_review", content_id=item.id, version=1)
    assert desk.told.reviews == []
    assert "version 2, waits" in await desk.say("submit_for_review", content_id=item.id, version=2)
    assert (await desk.item(item.id)).state is ContentState.IN_REVIEW


def test_all_of_the_team_know_how_a_draft_gets_to_its_review() -> None:
    for agent in TEAM:
        assert "draft_content" in agent.tools
        assert "submit=true" in agent.instructions
