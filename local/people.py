"""Who there is in the local stack: four people, a role each, and one elsewhere."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from local.paths import Folder, write_private

VARIABLE = "HOLDFAST_IDENTITY__PEOPLE_FILE"


@dataclass(frozen=True)
class Place:
    """An organisation with its one space. Ids are made once and stay."""

    organisation_id: UUID
    organisation: str
    space_id: UUID
    space: str


@dataclass(frozen=True)
class Local:
    id: UUID
    name: str
    role: str
    place: Place


def places(folder: Folder) -> tuple[Place, Place]:
    """The stack's own, and the other, for what must not cross from one to the other."""
    made = folder.identifier
    return (
        Place(made("organisation"), "Local organisation", made("space"), "Local space"),
        Place(made("other-organisation"), "Other organisation", made("other-space"), "Other space"),
    )


def listed(folder: Folder) -> Iterator[Local]:
    """The first is whom the printed token names, and who is linked to the local Slack's first."""
    here, elsewhere = places(folder)
    yield Local(folder.identifier("user"), "Ada", "admin", here)
    yield Local(folder.identifier("ben"), "Ben", "member", here)
    yield Local(folder.identifier("cleo"), "Cleo", "approver", here)
    yield Local(folder.identifier("vic"), "Vic", "viewer", here)
    yield Local(folder.identifier("dora"), "Dora", "admin", elsewhere)


def file(data: Path) -> Path:
    return data / "kept" / "people.json"


def create(folder: Folder) -> None:
    """What the edge reads them from, which nobody else can."""
    people = [
        {
            "id": str(one.id),
            "name": one.name,
            "organisation_id": str(one.place.organisation_id),
            "organisation": one.place.organisation,
            "spaces": {str(one.place.space_id): one.role},
        }
        for one in listed(folder)
    ]
    write_private(file(folder.root), json.dumps(people, indent=2))
