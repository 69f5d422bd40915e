"""Today's code must still replay yesterday's runs."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from tests.replay.planted import HastyTurnWorkflow
from tests.turns.shapes import SHAPES
from worker import workflow_runner
from workflows.turn import TurnWorkflow

HISTORIES = sorted(Path(__file__).with_name("histories").glob("*.json"))


def replayer(kind: type = TurnWorkflow) -> Replayer:
    return Replayer(
        workflows=[kind],
        data_converter=pydantic_data_converter,
        workflow_runner=workflow_runner(),
    )


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


def test_every_shape_of_a_turn_has_a_history() -> None:
    assert {path.stem.split(".")[1] for path in HISTORIES} == set(SHAPES)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_history_still_replays(path: Path) -> None:
    await replayer().replay_workflow(history(path))


@pytest.mark.parametrize("path", HISTORIES[:3], ids=lambda path: path.stem)
async def test_a_planted_incompatible_change_is_stopped(path: Path) -> None:
    with pytest.raises(NondeterminismError):
        await replayer(HastyTurnWorkflow).replay_workflow(history(path))
