"""Uvicorn around the app: its socket, its protocol, its log lines."""

import logging
import socket
import sys

import structlog
import uvicorn
from structlog.typing import Processor
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local.model.app import build_app
from local.model.plan import Pace
from local.ports import KEEP

# Connections that wait to be taken: more than any bench or fault opens at once.
BACKLOG = 2048
# Streams that are open when a stop is asked for get this long.
GRACE_S = 2


class CuttableProtocol(HttpToolsProtocol):
    """Hands the transport to the app, which cuts it for a failure: ASGI has no word for that."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["holdfast.transport"] = self.transport  # type: ignore[typeddict-unknown-key]  # our own key


def listening_socket(host: str, port: int) -> socket.socket:
    """A TCP socket; port 0 takes a free one. Who is told of it now may call at once, and waits
    until the app is up."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener


def build_server(pace: Pace | None = None) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            build_app(pace),
            http=CuttableProtocol,
            loop="uvloop",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP,
            timeout_graceful_shutdown=GRACE_S,
        )
    )


def log_as_json() -> None:
    """One JSON line for each log record, uvicorn's too."""
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
