"""Pictures in documents are found by what they look like, and by what is said of them."""

import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from uuid import UUID

import docx
import pytest
from PIL import Image
from temporalio.client import Client

from adapters.parsing.process import ChildParser
from adapters.pictures.descriptor import ClassicalDescriptor
from adapters.search.postgres import PostgresPassages
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.search import PictureHit
from domain.ports.transcript import UsageEntry
from models.errors import InvalidError, ModelError, ModelOverloadedError, ModelRefusedError
from models.payloads.chat import Usage
from models.payloads.ingestion import DocumentStatus
from models.payloads.scope import Scope
from tests.adapters.pictures.drawing import CHANGES, as_jpeg, as_png, drawn
from tests.knowledge.conftest import NewSpace
from tests.knowledge.ingesting import Intake, add

NewIntake = Callable[..., Intake]
DESCRIPTOR = ClassicalDescriptor()


@pytest.fixture(scope="session")
def intake(database: Database, documents: PostgresDocuments) -> NewIntake:
    parser = ChildParser()  # its first child costs seconds

    def make(**others: object) -> Intake:
        return Intake(database, documents, parser=parser, **others)  # type: ignore[arg-type]  # its fields

    return make


def brief(*pictures: Image.Image) -> bytes:
    """A Word file with some words and these pictures."""
    document, written = docx.Document(), io.BytesIO()
    document.add_heading("Campaign brief", 1)
    document.add_paragraph("What the campaign is to say, and how it looks.")
    for picture in pictures:
        document.add_picture(io.BytesIO(as_png(picture)))
    document.save(written)
    return written.getvalue()


class Seeing:
    """A captioner's port; `errors` come first, None lets one through."""

    def __init__(self, *errors: ModelError | None) -> None:
        self.errors = list(errors)
        self.asked = 0

    async def caption(self, picture: bytes) -> tuple[str, UsageEntry | None]:
        self.asked += 1
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        usage = Usage(input_tokens=800, output_tokens=20)
        return f"A flamingo in picture {self.asked}.", UsageEntry(
            "seeing-1", "caption", usage, None, Decimal("0.001"), "v"
        )


class Flaky(ClassicalDescriptor):
    """Gives way once, at its second picture."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error: Exception | None = error
        self.seen = 0

    async def embed(self, pictures: Sequence[bytes]) -> tuple[list[list[float]], Usage]:
        self.seen += 1
        if self.seen == 2 and self.error is not None:
            error, self.error = self.error, None
            raise error
        return await super().embed(pictures)


async def looked_up(
    passages: PostgresPassages, scope: Scope, picture: bytes
) -> Sequence[PictureHit]:
    """As the search route does with a picture that is sent to it."""
    [vector], _ = await DESCRIPTOR.embed([picture])
    return await passages.pictures(scope, vector, model=DESCRIPTOR.name, limit=5)


async def bills(database: Database, scope: Scope, document_id: UUID, kind: str) -> int:
    async with database.transaction(scope) as session:
        row = await session.first(
            "SELECT count(*) AS bills FROM usage"
            " WHERE space_id = $1 AND document_id = $2 AND kind = $3",
            *(scope.space_id, document_id, kind),
        )
    assert row is not None
    return int(row["bills"])


async def test_a_changed_copy_finds_its_picture_and_the_document_it_is_in(
    temporal: Client,
    documents: PostgresDocuments,
    passages: PostgresPassages,
    intake: NewIntake,
    space: Scope,
) -> None:
    deck = await add(documents, space, brief(drawn(1), drawn(2), drawn(3)), "brief.docx")
    alone = await add(documents, space, as_png(drawn(6)), "poster.png")
    for document in (deck, alone):
        result = await intake().take_in(temporal, space, document)
        assert result.status is DocumentStatus.READY

    for seed, document in ((1, deck), (2, deck), (3, deck), (6, alone)):
        for change in ("half the size", "darker", "cropped a little"):
            hits = await looked_up(passages, space, as_jpeg(CHANGES[change](drawn(seed))))
            assert hits[0].document_id == document.id
            assert hits[0].score > 0.9
            assert len(hits) == 4
    assert (await documents.get(space, deck.id)).pictures == 3


async def test_a_picture_is_found_in_its_space_alone(
    temporal: Client,
    documents: PostgresDocuments,
    passages: PostgresPassages,
    intake: NewIntake,
    new_space: NewSpace,
    space: Scope,
) -> None:
    other = await new_space()
    document = await add(documents, space, as_png(drawn(5)), "poster.png")
    await intake().take_in(temporal, space, document)

    assert len(await looked_up(passages, space, as_png(drawn(5)))) == 1
    assert not await looked_up(passages, other, as_png(drawn(5)))


async def test_a_caption_is_found_by_its_words_and_paid_once(
    temporal: Client,
    documents: PostgresDocuments,
    passages: PostgresPassages,
    database: Database,
    intake: NewIntake,
    space: Scope,
) -> None:
    document = await add(documents, space, brief(drawn(1), drawn(2), drawn(3)), "brief.docx")
    captioner = Seeing(None, ModelOverloadedError("busy", retry_after=0.05))

    result = await intake(captioner=captioner).take_in(temporal, space, document)

    assert result.status is DocumentStatus.READY
    hits = await looked_up(passages, space, as_png(drawn(2)))
    assert hits[0].caption == "A flamingo in picture 3."
    # Three pictures, and one that was busy: a picture that was done is not asked for again.
    assert captioner.asked == 4
    assert await bills(database, space, document.id, "caption") == 3
    assert await passages.lexical(space, "flamingo", limit=5)


@pytest.mark.parametrize("code", ["model_content_filtered", "model_rejected"])
async def test_one_picture_that_is_refused_keeps_what_the_file_says(
    temporal: Client,
    documents: PostgresDocuments,
    passages: PostgresPassages,
    intake: NewIntake,
    space: Scope,
    code: str,
) -> None:
    document = await add(documents, space, brief(drawn(1), drawn(2)), "brief.docx")
    refusing = Seeing(ModelRefusedError("No.", code=code))

    result = await intake(captioner=refusing).take_in(temporal, space, document)

    captions = [hit.caption for hit in await looked_up(passages, space, as_png(drawn(1)))]
    assert result.status is DocumentStatus.READY
    assert "flamingo" not in captions[0]
    assert "flamingo" in captions[1]


async def test_a_key_that_is_refused_ends_it_by_name(
    temporal: Client, documents: PostgresDocuments, intake: NewIntake, space: Scope
) -> None:
    document = await add(documents, space, brief(drawn(1)), "brief.docx")
    wrong = Seeing(ModelRefusedError("No.", code="model_key_rejected"))

    result = await intake(captioner=wrong).take_in(temporal, space, document)

    failed = await documents.get(space, document.id)
    assert (result.error_code, failed.error_code) == ("model_key_rejected", "model_key_rejected")


@pytest.mark.parametrize(
    ("error", "seen", "found"),
    [
        (ModelOverloadedError("busy", retry_after=0.05), 4, 3),
        (InvalidError("It is broken.", code="picture_unreadable"), 3, 2),
    ],
)
async def test_pictures_that_have_their_vector_are_not_looked_at_again(
    temporal: Client,
    documents: PostgresDocuments,
    passages: PostgresPassages,
    intake: NewIntake,
    space: Scope,
    error: Exception,
    seen: int,
    found: int,
) -> None:
    document = await add(documents, space, brief(drawn(1), drawn(2), drawn(3)), "brief.docx")
    embedder = Flaky(error)

    result = await intake(pictures=embedder).take_in(temporal, space, document)

    assert result.status is DocumentStatus.READY
    assert embedder.seen == seen
    assert len(await looked_up(passages, space, as_png(drawn(1)))) == found
