"""What a space says of its business."""

from uuid import uuid4

import pytest

from models.errors import NotFoundError, TooLargeError
from models.payloads.scope import Scope
from tests.store.stage import Stage


async def test_a_profile_is_empty_until_somebody_writes_it(stage: Stage) -> None:
    before = await stage.spaces.profile(stage.scope)
    await stage.spaces.set_profile(stage.scope, " We sell bicycles.\n")
    written = await stage.spaces.profile(stage.scope)
    await stage.spaces.set_profile(stage.scope, "")

    assert (before, written) == ("", "We sell bicycles.")
    assert await stage.spaces.profile(stage.scope) == ""


async def test_a_profile_has_a_limit(stage: Stage) -> None:
    await stage.spaces.set_profile(stage.scope, "a" * 8_000)
    with pytest.raises(TooLargeError) as refused:
        await stage.spaces.set_profile(stage.scope, "a" * 8_001)

    assert refused.value.code == "profile_too_long"
    assert len(await stage.spaces.profile(stage.scope)) == 8_000


async def test_another_organisations_space_has_no_profile(stage: Stage) -> None:
    await stage.spaces.set_profile(stage.scope, "secret")
    stranger = Scope(organisation_id=uuid4(), space_id=stage.scope.space_id)

    with pytest.raises(NotFoundError) as hidden:
        await stage.spaces.profile(stranger)
    assert hidden.value.code == "space_not_found"
    with pytest.raises(NotFoundError):
        await stage.spaces.set_profile(stranger, "theirs")
    assert await stage.spaces.profile(stage.scope) == "secret"
