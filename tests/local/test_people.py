"""Who may sign in to the local stack, as the edge reads it."""

import stat
from pathlib import Path

import pytest

from adapters.identity.people import ListedPeople, NoPeople
from domain.ports.identity import Role
from local import people
from local.paths import Folder
from models.errors import IdentityError


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder.made(tmp_path / "data")
    people.create(folder)
    return folder


async def test_the_edge_reads_five_people_of_two_organisations(folder: Folder) -> None:
    listed = await ListedPeople(people.file(folder.root)).people()
    own, other = people.places(folder)

    told = {one.name: one.caller for one in listed}
    assert {name: dict(caller.spaces) for name, caller in told.items()} == {
        "Ada": {own.space_id: Role.ADMIN},
        "Ben": {own.space_id: Role.MEMBER},
        "Cleo": {own.space_id: Role.APPROVER},
        "Vic": {own.space_id: Role.VIEWER},
        "Dora": {other.space_id: Role.ADMIN},
    }
    assert told["Dora"].organisation_id != told["Ada"].organisation_id == own.organisation_id
    assert told["Ada"].user_id == folder.identifier("user")


def test_people_stay_who_they_are_and_their_file_is_private(folder: Folder) -> None:
    before = people.file(folder.root).read_text()
    people.create(Folder(folder.root))
    assert people.file(folder.root).read_text() == before
    assert stat.S_IMODE(people.file(folder.root).stat().st_mode) == 0o600


async def test_nobody_else_is_anybody(folder: Folder) -> None:
    listed = ListedPeople(people.file(folder.root))
    for somebody in (listed, NoPeople()):
        with pytest.raises(IdentityError) as refused:
            await somebody.sign_in(folder.identifier("stranger"))
        assert refused.value.code == "person_unknown"


def test_an_edge_that_cannot_read_them_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ListedPeople(tmp_path / "none.json")
    broken = tmp_path / "broken.json"
    broken.write_text('[{"id": "x"}]')
    with pytest.raises(ValueError, match="validation error"):
        ListedPeople(broken)
