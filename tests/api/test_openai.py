"""OpenAI's client over fakes: what the edge does when something behind it does not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import openai
import pytest
from openai import AsyncOpenAI

from api.admission import Context
from api.openai.names import response_id
from api.verdicts import Given, give
from domain.ports.approvals import ApprovalState
from domain.ports.identity import Caller
from domain.wire import WireEvent
from models.errors import ConflictError, LimitError, UnavailableError
from models.payloads.turn import Outcome
from models.states import Role
from tests.api.conftest import Scene


class Away:
    """A log that cannot be read."""

    def __aiter__(self) -> "Away":
        return self

    async def __anext__(self) -> WireEvent:
        raise UnavailableError("Away.", code="store_unavailable")


@pytest.fixture
async def client(scene: Scene) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        api_key="good",
        base_url=f"{scene.client.base_url}/v1/openai",
        default_headers={"x-space-id": str(scene.scope.space_id)},
        max_retries=0,
    ) as client:
        yield client


async def test_too_many_are_told_when_to_come_again(scene: Scene, client: AsyncOpenAI) -> None:
    scene.fakes.engine.failure = LimitError("Full.", retry_after=7)
    with pytest.raises(openai.RateLimitError) as refused:
        await client.responses.create(model="direct", input="Hi", background=True)
    assert refused.value.code == "queue_full"
    assert refused.value.response.headers["retry-after"] == "7"
    assert refused.value.response.headers["content-type"] == "application/json"


async def test_an_outage_is_theirs_to_try_again(scene: Scene, client: AsyncOpenAI) -> None:
    scene.fakes.engine.failure = UnavailableError("Away.", code="engine_unavailable")
    with pytest.raises(openai.InternalServerError) as refused:
        await client.responses.create(model="direct", input="Hi", background=True)
    assert refused.value.status_code == 503
    assert refused.value.type == "server_error"


async def test_bodies_that_are_no_json_and_paths_that_are_none_say_so(scene: Scene) -> None:
    for body in (b"{", b"[]", b"\xff"):
        answer = await scene.client.post("/v1/openai/responses", content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "invalid_json"
    for path, status in (("/v1/openai/files", 404), ("/v1/openai/responses/resp_x", 404)):
        answer = await scene.client.get(path)
        assert (answer.status_code, list(answer.json())) == (status, ["error"])
    answer = await scene.client.get("/v1/openai/responses")
    assert (answer.status_code, list(answer.json())) == (405, ["error"])
    large = await scene.client.post("/v1/openai/responses", content=b" " * 5_000_000)
    assert (large.status_code, list(large.json())) == (400, ["error"])


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": []}, "[0].type"),
        ({"type": {}, "role": "user", "content": "Hi"}, "[0].type"),
        ({"role": {}, "content": "Hi"}, "[0].role"),
        ({"role": "user", "content": [{"type": []}]}, "[0].content[0].type"),
    ],
)
async def test_a_kind_that_is_no_word_is_refused_by_its_place(
    scene: Scene, item: dict[str, object], param: str
) -> None:
    for path, name in (("responses", "input"), ("chat/completions", "messages")):
        body = {"model": "direct", name: [item]}
        answer = await scene.client.post(f"/v1/openai/{path}", json=body)
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert (error["code"], error["param"]) == ("invalid_type", f"{name}{param}")


async def test_a_key_makes_copies_of_a_request_one(scene: Scene, client: AsyncOpenAI) -> None:
    headers = {"idempotency-key": uuid4().hex}
    made = [
        await client.responses.create(
            model="direct", input="Hi", background=True, extra_headers=headers
        )
        for _ in range(2)
    ]
    assert made[0].id == made[1].id
    other = await client.responses.create(model="direct", input="Hi", background=True)
    assert other.id != made[0].id


async def test_a_chat_whose_log_is_away_does_not_look_whole(
    scene: Scene, client: AsyncOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene.fakes.feed, "follow", lambda *_, **__: Away())
    stream = await client.chat.completions.create(
        model="direct", messages=[{"role": "user", "content": "Hi"}], stream=True
    )
    with pytest.raises(openai.APIError) as broken:
        async for _ in stream:
            pass
    assert broken.value.code == "store_unavailable"


async def test_a_turn_that_comes_and_goes_between_two_looks_is_a_response(
    scene: Scene, client: AsyncOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, turns = scene.fakes.engine, scene.fakes.turns
    created = await client.responses.create(model="direct", input="Hi", background=True)
    start = engine.sent[0]

    async def is_open(*_: object) -> bool:
        turns.begin(scene.scope, start.messages[0], 1).outcome = Outcome.COMPLETED
        return False

    monkeypatch.setattr(engine, "is_open", is_open)
    assert (await client.responses.retrieve(created.id)).id == created.id
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(response_id(start.conversation_id, uuid4()))


async def test_problems_elsewhere_stay_problem_documents(scene: Scene) -> None:
    answer = await scene.client.get(f"/v1/conversations/{uuid4()}")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("approved", [True, False])
async def test_a_verdict_that_came_meanwhile_counts_only_if_it_is_another(
    approved: bool,  # noqa: FBT001 - a parameter of the test
    scene: Scene,
) -> None:
    approvals, space = scene.fakes.approvals, scene.scope.space_id
    seen = approvals.add(scene.scope)
    approvals.rows[space, seen.id] = replace(seen, state=ApprovalState.APPROVED)
    caller = Caller(uuid4(), scene.scope.organisation_id, {space: Role.ADMIN}, "test")
    context = Context(caller, scene.scope, "request")
    giving = give(scene.fakes.ports(), context, seen, Given(approved))
    if approved:
        await giving
    else:
        with pytest.raises(ConflictError):
            await giving


async def test_verdicts_of_a_request_that_is_refused_are_not_given(
    scene: Scene, client: AsyncOpenAI
) -> None:
    approvals = scene.fakes.approvals
    two = [approvals.add(scene.scope).id for _ in range(2)]
    review = approvals.add(scene.scope, conversation_id=None, turn_id=None).id
    elsewhere = approvals.add(scene.scope).id
    for asked in (two, [review], [elsewhere]):
        answers = [
            {
                "type": "mcp_approval_response",
                "approval_request_id": f"mcpr_{one.hex}",
                "approve": True,
            }
            for one in asked
        ]
        with pytest.raises(openai.APIStatusError):
            await client.responses.create(model="direct", input=answers)  # type: ignore[arg-type]  # as clients send them
    assert {one.state for one in approvals.rows.values()} == {ApprovalState.PENDING}
