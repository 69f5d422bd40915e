"""See what a document's pictures show: a better caption, and a visual vector."""

from dataclasses import replace
from uuid import UUID

from temporalio import activity

from activities.failures import reported
from activities.heartbeat import heartbeating
from domain.ports.knowledge import Documents, NewPicture
from domain.ports.pictures import Captioner, PictureEmbedder
from domain.ports.transcript import UsageEntry
from domain.pricing import priced
from models.errors import InvalidError, ModelRefusedError
from models.payloads.chat import Usage
from models.payloads.ingestion import PicturesRequest

# What one picture is refused for; anything else is refused to all of them.
OF_ONE_PICTURE = frozenset({"model_content_filtered", ModelRefusedError.code})


class PictureActivities:
    """Without a captioner, captions stay what the files say."""

    def __init__(
        self, documents: Documents, embedder: PictureEmbedder, captioner: Captioner | None = None
    ) -> None:
        self._documents = documents
        self._embedder = embedder
        self._captioner = captioner

    @activity.defn(name="ingestion.pictures")
    async def describe(self, request: PicturesRequest) -> None:
        """Each picture is stored at once, its vector last: a retry looks only at those that have
        none."""
        async with heartbeating():
            with reported():
                for picture_id, picture in await self._documents.pictures(
                    request.document,
                    start=request.start,
                    count=request.count,
                    without=self._embedder.name,
                ):
                    await self._describe(request, picture_id, picture)

    async def _describe(
        self, request: PicturesRequest, picture_id: UUID, picture: NewPicture
    ) -> None:
        # Both before either is stored: a caption costs the most, and is asked for last.
        vector, seen = await self._vector(picture)
        caption, said = await self._caption(picture)
        if caption is not None:
            await self._documents.keep_picture(
                request.document,
                picture_id,
                caption=caption,
                model=None,
                vector=None,
                usage=said and replace(said, user_id=request.user_id),
            )
        if vector is not None:
            await self._documents.keep_picture(
                request.document,
                picture_id,
                caption=None,
                model=self._embedder.name,
                vector=vector,
                usage=self._entry(seen, request.user_id),
            )

    async def _vector(self, picture: NewPicture) -> tuple[list[float] | None, Usage]:
        """One that cannot be opened here is found by its words alone."""
        try:
            [vector], usage = await self._embedder.embed([picture.data])
        except InvalidError as error:
            activity.logger.warning("A picture has no visual vector: %s", error.code)
            return None, Usage()
        return vector, usage

    async def _caption(self, picture: NewPicture) -> tuple[str | None, UsageEntry | None]:
        """One that the model will not describe keeps the caption that it has."""
        if self._captioner is None:
            return None, None
        try:
            return await self._captioner.caption(picture.data)
        except ModelRefusedError as error:
            if error.code not in OF_ONE_PICTURE:
                raise
            activity.logger.warning("A picture was not captioned: %s", error.code)
            return None, None

    def _entry(self, usage: Usage, user_id: UUID) -> UsageEntry | None:
        """What is computed here is no call to a provider."""
        if usage == Usage():
            return None
        return priced("embedding", self._embedder.name, usage, user_id)
