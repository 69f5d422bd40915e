"""Requests that clients send again by themselves, over the real Redis."""

from uuid import uuid4

from adapters.events.connection import connect
from adapters.events.repeats import RedisRepeats
from local.stack import Stack
from models.payloads.scope import Scope


async def test_a_repeated_request_is_the_message_that_it_was(stack: Stack) -> None:
    redis = connect(stack.redis_url)
    repeats = RedisRepeats(redis)
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    first, second, third = uuid4(), uuid4(), uuid4()
    assert await repeats.begun(scope, "a", first, again=False) == first
    assert await repeats.begun(scope, "a", second, again=True) == first
    # The same words, said anew.
    assert await repeats.begun(scope, "a", third, again=False) == third
    elsewhere = scope.model_copy(update={"space_id": uuid4()})
    assert await repeats.begun(elsewhere, "a", second, again=True) == second
    await redis.aclose()


async def test_without_redis_each_request_is_a_new_one() -> None:
    redis = connect("redis://127.0.0.1:1")
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    message_id = uuid4()
    assert await RedisRepeats(redis).begun(scope, "a", message_id, again=True) == message_id
    await redis.aclose()
