"""What a log line holds."""

import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
import structlog
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from adapters.logs import Sink, configure_logs, sink_writes
from local.stack import Stack
from models.errors import UnavailableError
from tests.adapters.speaking_workflow import SpeakingWorkflow, speak


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging belongs to the whole process: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_our_lines_and_those_of_libraries_carry_the_ids_at_hand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("json", "info")
    with structlog.contextvars.bound_contextvars(request_id="r1", turn_id="t1"):
        structlog.get_logger("ours").info("turn.started", text="a\ud800" + "b" * 10_000)
        logging.getLogger("theirs").warning("hello %s", "there")
        logging.getLogger("theirs").debug("not this")
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    for line in (ours, theirs):
        assert (line["request_id"], line["turn_id"]) == ("r1", "t1")
        assert line["timestamp"].endswith("Z")
    assert (ours["event"], len(ours["text"])) == ("turn.started", 4_000)
    assert (theirs["event"], theirs["level"]) == ("hello there", "warning")


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("text", "warning")
    structlog.get_logger("ours").warning("engine.away", seconds=2)
    assert "engine.away" in capsys.readouterr().err


def test_what_a_library_says_beside_its_message_is_shown_and_bounded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("json", "info")
    extra = {"code": "away", "rows": ["\ud800" * 9_000], "color_message": "\x1b[1mhello", "n": 3}
    logging.getLogger("theirs").warning("hello", extra=extra)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["code"], line["n"], len(line["rows"])) == (
        "hello",
        "away",
        3,
        4_000,
    )
    assert "color_message" not in line


async def test_lines_of_workflows_and_activities_carry_their_ids(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await Client.connect(stack.temporal_address, data_converter=pydantic_data_converter)
    queue = uuid4().hex
    configure_logs("json", "info")
    async with Worker(client, task_queue=queue, workflows=[SpeakingWorkflow], activities=[speak]):
        handle = await client.start_workflow(SpeakingWorkflow.run, id=queue, task_queue=queue)
        await handle.result()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if queue in line]
    ours = [line for line in lines if line["event"].startswith("from a")]
    assert [line["event"] for line in ours] == ["from a workflow", "from an activity"]
    assert {line["workflow_id"] for line in ours} == {queue}
    assert {line["run_id"] for line in ours} == {handle.result_run_id}
    assert (ours[0]["outcome"], ours[1]["code"]) == ("stopped", "away")


async def test_a_sink_that_is_gone_holds_nobody_up_and_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    # Unbuffered: nothing is left to write when it is closed.
    raw = io.TextIOWrapper(io.FileIO(full, "w"), write_through=True)
    monkeypatch.setattr(sys, "stderr", raw)
    configure_logs("json", "info")
    [sink] = logging.getLogger().handlers
    assert isinstance(sink, Sink)
    await sink_writes()
    structlog.get_logger("ours").info("turn.started")
    with pytest.raises(UnavailableError, match="cannot be written"):
        await sink_writes()

    sink.stream = back = io.StringIO()
    await sink_writes()
    assert "logs.lost" in back.getvalue()
    raw.detach().close()
