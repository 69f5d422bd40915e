"""Texts that are kept until their turns claim them can be read meanwhile, where they are."""

from uuid import uuid4

from models.payloads.scope import Scope
from tests.store.stage import Stage


async def test_a_text_is_read_until_its_turn_has_it_and_in_its_own_place(stage: Stage) -> None:
    message, short = stage.message(None), stage.message("short")
    place = stage.scope, stage.conversation_id
    await stage.turns.keep_text(*place, message.message_id, "a long text", message.body_hash)
    await stage.turns.keep_text(*place, short.message_id, None, short.body_hash)
    wanted = [message.message_id, short.message_id, uuid4()]

    assert await stage.turns.kept_texts(*place, wanted) == {message.message_id: "a long text"}
    stranger = Scope(organisation_id=stage.scope.organisation_id, space_id=uuid4())
    assert await stage.turns.kept_texts(stranger, stage.conversation_id, wanted) == {}
    assert await stage.turns.kept_texts(stage.scope, uuid4(), wanted) == {}

    await stage.claim(message)
    assert await stage.turns.kept_texts(*place, wanted) == {}
