"""`python -m local.slack --port P --app URL`: run the workspace. Its secrets are environment."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

import uvicorn

from local.model.server import listening_socket, log_as_json
from local.ports import KEEP
from local.slack.app import build_app
from local.slack.names import CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET
from local.slack.workspace import Workspace


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.slack", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--app", required=True, help="where the app's edge answers")
    parser.add_argument("--file", type=Path, help="where it is kept between runs")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    log_as_json()
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    app = build_app(
        f"http://{given.host}:{given.port}",
        given.app,
        signing_secret=os.environ[SIGNING_SECRET],
        client_id=os.environ[CLIENT_ID],
        client_secret=os.environ[CLIENT_SECRET],
        workspace=Workspace(given.file),
    )
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP,
        timeout_graceful_shutdown=2,
    )
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _leave)
    uvicorn.Server(config).run(sockets=[listening_socket(given.host, given.port)])


def _leave(_number: int, _frame: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
