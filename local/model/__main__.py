"""`python -m local.model --port P`: run the offline model server."""

import argparse
import signal
import socket
import sys

import structlog

from local.model.plan import Pace
from local.model.server import build_server, listening_socket, log_as_json


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.model", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one and logs it")
    parser.add_argument("--fd", type=int, help="a listening socket that was inherited")
    parser.add_argument("--ttft-ms", type=float, default=0.0, help="wait before the first token")
    parser.add_argument("--gap-ms", type=float, default=0.0, help="wait between tokens")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    log_as_json()
    log = structlog.get_logger("local.model")
    if given.fd is not None:
        listener = socket.socket(fileno=given.fd)
    else:
        listener = listening_socket(given.host, given.port)
    host, port = listener.getsockname()[:2]
    log.info("model.listening", host=host, port=port, base_url=f"http://{host}:{port}/v1")
    # Uvicorn drains, then raises the signal again: the process then ends as asked, not as killed.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _leave)
    try:
        build_server(Pace(given.ttft_ms, given.gap_ms)).run(sockets=[listener])
    finally:
        log.info("model.stopped")


def _leave(_number: int, _frame: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
