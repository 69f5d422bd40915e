"""A turn's report as callers read it."""

from urllib.parse import quote

import orjson

from api.ports import Ports
from api.schemas.approvals import ApprovalView
from api.schemas.inspection import (
    CallView,
    PassageView,
    StageView,
    StepView,
    TurnInspection,
    TurnSummary,
    UsageLineView,
)
from domain import timeline
from domain.ports.inspection import TurnReport
from domain.timeline import Stage
from domain.wire import encode


def inspected(ports: Ports, report: TurnReport, workflow_id: str) -> TurnInspection:
    stages, page = timeline.stages(report.events), ports.engine_page
    of_steps = {stage.step: stage for stage in stages if stage.kind == timeline.STEP}
    return TurnInspection(
        turn=TurnSummary.of(report.item),
        request_id=report.request_id,
        stages=[StageView.model_validate(stage) for stage in stages],
        steps=[_timed(StepView.model_validate(one), of_steps) for one in report.steps],
        calls=[CallView.model_validate(call) for call in report.calls],
        approvals=[ApprovalView.model_validate(one) for one in report.approvals],
        usage=[UsageLineView.model_validate(line) for line in report.usage],
        passages=[PassageView.of(passage) for passage in report.passages],
        events=[orjson.loads(encode(event).data) for event in report.events],
        more_events=report.more_events,
        temporal_url=None if page is None else engine_page(page, workflow_id, report.owner),
    )


def engine_page(address: str, workflow_id: str, run: str) -> str:
    """`address` ends with the namespace."""
    return f"{address}/workflows/{quote(workflow_id, safe='')}/{quote(run, safe='')}/history"


def _timed(step: StepView, stages: dict[int | None, Stage]) -> StepView:
    stage = stages.get(step.step)
    if stage is None:
        return step
    times = {"started_at": stage.started_at, "ended_at": stage.ended_at}
    return step.model_copy(update=times)
