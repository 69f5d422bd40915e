"""Collections: documents that agents and searches name together."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import Body, View
from api.schemas.naming import CollectionName, named
from api.text import Text
from domain.ports.knowledge import Collection
from models.payloads.knowledge import Chunking

Description = Annotated[Text, Field(max_length=1_000, examples=["How we sound and look"])]
RecencyDays = Annotated[
    float,
    Field(gt=0, le=36_525, allow_inf_nan=False, examples=[180]),
    named("recency_invalid", "recency_days is above 0, and at most a hundred years."),
]
Cut = Annotated[
    Chunking,
    named(
        "chunking_invalid",
        "chunking is {chunker: semantic, fixed, recursive or sentence; size: 50 to 8000;"
        " overlap: 0 to half the size}.",
    ),
]


class NewCollection(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "brand",
                    "description": "How we sound and look",
                    "chunking": {"chunker": "semantic", "size": 1500, "overlap": 200},
                    "recency_days": 180,
                }
            ]
        }
    )

    name: CollectionName
    description: Description = ""
    chunking: Cut = Field(default_factory=Chunking)
    recency_days: RecencyDays | None = Field(
        None, description="Days after which a passage counts half as much; null: age is nothing"
    )

    def collection(self) -> Collection:
        return Collection(self.name, self.description, self.chunking, self.recency_days)

    def describes(self, made: Collection) -> bool:
        """Nothing would be different if it were made now."""
        return self.collection() == replace(made, documents=0, created_at=None)


class CollectionChange(Body):
    """What is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"recency_days": None}]})

    description: Description = ""
    chunking: Cut = Field(default_factory=Chunking, description="For documents from now on")
    recency_days: RecencyDays | None = Field(None, description="null: age counts for nothing")

    def applied(self, to: Collection) -> Collection:
        return replace(to, **{name: getattr(self, name) for name in self.model_fields_set})


class CollectionView(View):
    name: str
    description: str
    chunking: Chunking
    recency_days: float | None
    documents: int = Field(description="How many it holds")
    created_at: datetime | None


class CollectionList(View):
    items: list[CollectionView]
