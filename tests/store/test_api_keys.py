"""Keys are found by what they say and believed by their digest, inside their space alone."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.identity.credential import Credential
from adapters.store.api_keys import PostgresApiKeys
from adapters.store.audit import PostgresAudit
from domain.ports.api_keys import PREFIX, ApiKey
from domain.ports.identity import Caller, Role
from models.errors import IdentityError, LimitError, NotFoundError
from models.payloads.scope import Scope
from tests.store.stage import Stage


@pytest.fixture
def keys(stage: Stage) -> PostgresApiKeys:
    return PostgresApiKeys(stage.database)


def owner(stage: Stage, role: Role = Role.ADMIN) -> Caller:
    spaces = {stage.scope.space_id: role}
    return Caller(stage.user_id, stage.scope.organisation_id, spaces, "t", tier="pro")


async def made(
    keys: PostgresApiKeys,
    stage: Stage,
    role: Role = Role.MEMBER,
    life: timedelta | None = None,
) -> tuple[str, ApiKey]:
    return await keys.create(stage.scope, owner(stage), "Job", role, life)


async def refused(keys: PostgresApiKeys, key: str) -> str:
    with pytest.raises(IdentityError) as error:
        await keys.identify(key)
    return error.value.code


async def changed(stage: Stage, sql: str, *values: object) -> None:
    async with stage.database.transaction(stage.scope) as session:
        await session.fetch(sql, *values)


async def test_a_key_says_its_owner_its_space_and_its_role(
    keys: PostgresApiKeys, stage: Stage
) -> None:
    key, known = await made(keys, stage)
    caller, space = await keys.identify(key)

    assert space == stage.scope.space_id
    assert caller == Caller(
        stage.user_id,
        stage.scope.organisation_id,
        {stage.scope.space_id: Role.MEMBER},
        f"key:{known.id}",
        tier="pro",
        mirrored=False,
    )


async def test_only_a_digest_is_kept(keys: PostgresApiKeys, stage: Stage) -> None:
    key, known = await made(keys, stage)
    read = Credential.read(key.removeprefix(PREFIX), 2)
    assert read is not None
    async with stage.database.transaction(stage.scope) as session:
        row = await session.first("SELECT * FROM api_key WHERE space_id = $1", stage.scope.space_id)

    assert row is not None
    assert row["digest"] == hashlib.sha256(read.random).digest()
    assert known.prefix == key[:11]
    assert not any(key[11:30] in str(value) for value in row.values())


async def test_a_key_is_good_for_its_own_space_alone(keys: PostgresApiKeys, stage: Stage) -> None:
    key, _ = await made(keys, stage)
    read = Credential.read(key.removeprefix(PREFIX), 2)
    assert read is not None
    organisation, space = read.ids
    elsewhere = [(organisation, uuid4()), (uuid4(), space), (space, organisation)]

    for ids in elsewhere:
        assert await refused(keys, PREFIX + Credential(read.random, ids).written) == "token_invalid"
    assert await refused(keys, PREFIX + Credential.fresh(*read.ids).written) == "token_invalid"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key[:20] + "!" + key[21:],
        lambda key: key + "=",
        lambda key: key[:3],
        lambda key: key[:3] + "\u00e9" * 86,
        lambda key: PREFIX + " " + key[3:-1],
        # Other spellings of the same bytes: what was compared once must not pass as another.
        lambda key: key[:-1] + chr(ord(key[-1]) + 1),
    ],
)
async def test_what_only_looks_like_a_key_is_refused(
    keys: PostgresApiKeys,
    stage: Stage,
    spoil: Callable[[str], str],
) -> None:
    key, _ = await made(keys, stage)
    assert await refused(keys, spoil(key)) == "token_invalid"


async def test_a_key_ends_when_it_was_to(keys: PostgresApiKeys, stage: Stage) -> None:
    key, known = await made(keys, stage, life=timedelta(hours=1))
    caller, _ = await keys.identify(key)
    assert known.expires_at is not None
    assert caller.expires_at == known.expires_at.timestamp()

    ended, _ = await made(keys, stage, life=timedelta(seconds=-1))
    assert await refused(keys, ended) == "token_expired"


async def test_a_revoked_key_is_refused_at_once_and_both_are_in_the_trail(
    keys: PostgresApiKeys, stage: Stage
) -> None:
    key, known = await made(keys, stage)
    await keys.identify(key)
    await keys.revoke(stage.scope, known.id, by=stage.user_id)

    assert await refused(keys, key) == "token_invalid"
    with pytest.raises(NotFoundError):
        await keys.revoke(stage.scope, known.id, by=stage.user_id)
    trail = await PostgresAudit(stage.database).page(stage.scope, limit=10, cursor=None)
    told = [(entry.action, entry.subject_id, entry.user_id) for entry in trail.items]
    assert told == [
        ("api_key.revoked", known.id, stage.user_id),
        ("api_key.created", known.id, stage.user_id),
    ]
    assert key not in str(trail.items)


async def test_another_space_neither_sees_nor_revokes_it(
    keys: PostgresApiKeys, stage: Stage
) -> None:
    key, known = await made(keys, stage)
    stranger = Scope(organisation_id=stage.scope.organisation_id, space_id=uuid4())

    assert list(await keys.all(stranger)) == []
    with pytest.raises(NotFoundError):
        await keys.revoke(stranger, known.id, by=stage.user_id)
    await keys.identify(key)
    assert [one.id for one in await keys.all(stage.scope)] == [known.id]


async def test_a_key_may_no_more_than_its_owner_may_now(
    keys: PostgresApiKeys, stage: Stage
) -> None:
    key, _ = await made(keys, stage, Role.ADMIN)
    await stage.spaces.mirror(owner(stage, Role.VIEWER), stage.scope)
    caller, space = await keys.identify(key)
    assert caller.spaces[space] is Role.VIEWER

    await changed(stage, "DELETE FROM membership WHERE space_id = $1", stage.scope.space_id)
    assert await refused(keys, key) == "token_invalid"


async def test_when_it_was_used_is_known_to_the_hour(keys: PostgresApiKeys, stage: Stage) -> None:
    key, known = await made(keys, stage)
    assert known.last_used_at is None

    await keys.identify(key)
    (first,) = await keys.all(stage.scope)
    await keys.identify(key)
    (second,) = await keys.all(stage.scope)
    assert first.last_used_at is not None
    assert second.last_used_at == first.last_used_at

    await changed(
        stage,
        "UPDATE api_key SET last_used_at = now() - interval '61 minutes' WHERE space_id = $1",
        stage.scope.space_id,
    )
    await keys.identify(key)
    (third,) = await keys.all(stage.scope)
    assert third.last_used_at is not None
    assert third.last_used_at >= first.last_used_at


async def test_what_a_key_may_do_cannot_be_changed(keys: PostgresApiKeys, stage: Stage) -> None:
    await made(keys, stage)
    with pytest.raises(Exception, match="permission denied"):
        await changed(
            stage, "UPDATE api_key SET role = 'admin' WHERE space_id = $1", stage.scope.space_id
        )


async def test_a_space_has_so_many_keys_at_most(
    keys: PostgresApiKeys, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.store.api_keys.MOST", 2)
    first, second = [(await made(keys, stage))[1].id for _ in range(2)]
    with pytest.raises(LimitError) as full:
        await made(keys, stage)
    assert full.value.code == "api_keys_full"
    assert {one.id for one in await keys.all(stage.scope)} == {first, second}
