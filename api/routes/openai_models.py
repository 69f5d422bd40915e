"""Agents, as the models that OpenAI's clients list."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from api.dependencies import ThePorts, Viewer
from api.openai.asking import agent_of
from api.routes import documentation
from api.schemas.openai import Model, ModelList, OpenAIFailure
from models.payloads.agent import Agent

router = APIRouter(prefix="/v1/openai/models", tags=["openai"])

# They ask for a date; versions of ours have one, what ships has none.
_CREATED = 0


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """As `documentation.failures`, in OpenAI's form. What is a 422 elsewhere is sent as a 400 here;
    it is listed, since FastAPI would describe one of its own."""
    schema = documentation.body_of(OpenAIFailure)
    described = documentation.failures(*statuses)
    return {
        status: {**said, "content": {"application/json": {"schema": schema}}}
        for status, said in described.items()
    }


@router.get("", operation_id="listModels", responses=failures())
async def page(the: ThePorts, context: Viewer) -> ModelList:
    """What `model` may say."""
    return ModelList(data=[_model(agent) for agent in await the.agents.all(context.scope)])


@router.get("/{model}", operation_id="getModel", responses=failures(404))
async def get(the: ThePorts, context: Viewer, model: Annotated[str, Path(max_length=200)]) -> Model:
    """One of them."""
    return _model(await agent_of(the, context, model))


def _model(agent: Agent) -> Model:
    return Model(id=agent.name, created=_CREATED, owned_by="holdfast")
