"""Our own processes: the edge and the worker, and what must be done before they start."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from local.paths import PROJECT, Folder
from local.ports import KEEP
from local.probe import healthy
from local.process import Program

DEPLOYMENT_VARIABLE = "HOLDFAST_TEMPORAL__DEPLOYMENT"
BUILD_VARIABLE = "HOLDFAST_TEMPORAL__BUILD_ID"
OWNER_URL_VARIABLE = "HOLDFAST_DATABASE_OWNER_URL"
# Readers of a stream never leave by themselves; they resume at the next edge.
GRACE = 5  # seconds
# A socket's messages in bytes, as `api.ports.Limits` has it; and seconds until one that answers no
# ping is given up, as one is that vanished in the middle of a frame.
MESSAGE = 256 * 1024
PING = 20
# Longer than a worker takes to give its activities back and end by itself.
DRAIN = 30.0


def edge(socket: int, port: int, count: int, env: Mapping[str, str]) -> Program:
    """`socket` is the listening socket's number: we hold it, the edges take turns accepting."""
    argv = [sys.executable, "-m", "uvicorn", "api.app:create", "--factory", "--fd", str(socket)]
    argv += ["--loop", "uvloop", "--no-access-log", "--timeout-graceful-shutdown", str(GRACE)]
    argv += ["--timeout-keep-alive", str(KEEP)]
    # Tokens are too small to be worth compressing, which takes 64 KB for each socket.
    argv += ["--ws", "websockets-sansio", "--ws-per-message-deflate", "false"]
    argv += ["--ws-max-size", str(MESSAGE)]
    argv += ["--ws-ping-interval", str(PING), "--ws-ping-timeout", str(PING)]
    return Program(
        name="edge",
        argv=tuple(argv),
        env=env,
        ready=partial(healthy, port),
        count=count,
        pass_fds=(socket,),
        stop_seconds=GRACE + 5,
    )


def worker(count: int, env: Mapping[str, str], ready: Callable[[], Awaitable[bool]]) -> Program:
    argv = (sys.executable, str(PROJECT / "worker.py"))
    return Program(name="worker", argv=argv, env=env, ready=ready, count=count, stop_seconds=DRAIN)


def current(env: Mapping[str, str]) -> Program:
    """Make the workers' version the current one, where the user runs versions here."""
    where = (env["HOLDFAST_TEMPORAL__ADDRESS"], env["HOLDFAST_TEMPORAL__NAMESPACE"])
    version = (env[DEPLOYMENT_VARIABLE], env.get(BUILD_VARIABLE, ""))
    argv = (sys.executable, "-m", "local.current", *where, *version)
    return Program(name="deployment", argv=argv, env=env)


def preparation(owner_url: str, folder: Folder, env: Mapping[str, str]) -> Program:
    """Migrations and the local rows, as a process of its own: its imports take a second."""
    argv = (sys.executable, "-m", "local.prepare", str(folder.root))
    return Program(name="migrations", argv=argv, env={**env, OWNER_URL_VARIABLE: owner_url})
