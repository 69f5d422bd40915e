"""One log line per event, with the ids that are bound to the work at hand."""

import logging
import sys
from typing import Final, Literal, TextIO

import orjson
import structlog
from structlog.types import EventDict, Processor
from temporalio import activity, workflow

from models.errors import UnavailableError

# A line is read by people and shipped by others: nothing in it may be endless.
VALUE_CHARACTERS: Final = 4_000
# Their lines about each request or poll say nothing that ours do not.
_QUIET: Final = ("httpx2", "httpcore2", "uvicorn.access", "asyncio", "openai")
# What Temporal's loggers know about their work: our name for it, and theirs.
_LIFTED: Final = {
    "temporal_workflow": {
        "workflow_id": "workflow_id",
        "run_id": "run_id",
        "workflow": "workflow_type",
    },
    "temporal_activity": {
        "workflow_id": "workflow_id",
        "run_id": "workflow_run_id",
        "activity": "activity_type",
        "attempt": "attempt",
    },
}


class Sink(logging.StreamHandler[TextIO]):
    """Knows whether its last line could be written. Whoever logs goes on all the same: what must
    not happen unrecorded is in the audit trail, and not here."""

    lost = False

    def emit(self, record: logging.LogRecord) -> None:
        self.lost = False
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's own
        """Logging's own would tell of it where nothing can be written."""
        self.lost = True


async def sink_writes() -> None:
    """UnavailableError("logs_lost") while the lines of this process are lost; for readiness."""
    sinks = [one for one in logging.getLogger().handlers if isinstance(one, Sink) and one.lost]
    if not sinks:
        return
    structlog.get_logger(__name__).warning("logs.lost")
    if any(sink.lost for sink in sinks):
        raise UnavailableError("Log lines cannot be written.", code="logs_lost")


def configure_logs(form: Literal["json", "text"], level: str) -> None:
    """Send our lines, and those of libraries, to standard error in the same form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _lifted,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _bounded,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # A cached logger keeps the first configuration for good, whatever is set afterwards.
        cache_logger_on_first_use=False,
    )
    handler = Sink(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
                if form == "text"
                else structlog.processors.JSONRenderer(serializer=_json),
            ],
        )
    )
    # Their ids are fields of the line: the message need not repeat them.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True


def _json(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _lifted(_: object, __: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)  # uvicorn's message again, with escape codes
    for extra, names in _LIFTED.items():
        known = event.pop(extra, None) or {}
        for name, theirs in names.items():
            if theirs in known:
                event.setdefault(name, known[theirs])
    return event


def _bounded(_: object, __: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if not key.startswith("_") and not isinstance(value, int | float | None):
            # Strangers' text may hold lone surrogates, which would break the line's encoding.
            event[key] = str(value)[:VALUE_CHARACTERS].encode(errors="replace").decode()
    return event
