"""The workspace as one of the stack's processes, and what the product must know about it."""

import os
import sys
from collections.abc import Mapping
from functools import partial

from local.paths import Folder
from local.ports import HOST
from local.probe import healthy
from local.process import Program
from local.slack.names import APP, CLIENT, CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET

# Who has an app of their own at Slack keeps it.
OWN_VARIABLE = "HOLDFAST_SLACK__CLIENT_ID"


def is_theirs() -> bool:
    return OWN_VARIABLE in os.environ


def url(port: int) -> str:
    return f"http://{HOST}:{port}"


def settings(folder: Folder, port: int, edge: int, *, pages: bool) -> dict[str, str]:
    """The product's environment; messages link to the app's pages where there are some."""
    here, app = url(port), url(edge)
    linked = {
        "HOLDFAST_SLACK__APPROVAL_PAGE": f"{app}/inbox?approval=",
        "HOLDFAST_SLACK__CONVERSATION_PAGE": f"{app}/c/",
        "HOLDFAST_SLACK__LINK_PAGE": f"{app}/slack#token=",
    }
    return {
        **{name: os.environ.get(name, page) for name, page in linked.items() if pages},
        "HOLDFAST_SLACK__APP_ID": APP,
        OWN_VARIABLE: CLIENT,
        "HOLDFAST_SLACK__CLIENT_SECRET": folder.secret("slack-client"),
        "HOLDFAST_SLACK__SIGNING_SECRET": folder.secret("slack-signing"),
        "HOLDFAST_SLACK__REDIRECT_URL": f"{app}/v1/slack/oauth",
        "HOLDFAST_SLACK__API_URL": f"{here}/api/",
        "HOLDFAST_SLACK__AUTHORIZE_URL": f"{here}/oauth/v2/authorize",
        "HOLDFAST_SLACK__HOOKS_URL": f"{here}/hooks/",
    }


def server(folder: Folder, port: int, edge: int, env: Mapping[str, str]) -> Program:
    secrets = {
        CLIENT_ID: CLIENT,
        CLIENT_SECRET: folder.secret("slack-client"),
        SIGNING_SECRET: folder.secret("slack-signing"),
    }
    argv = [sys.executable, "-m", "local.slack", "--port", str(port), "--host", HOST]
    argv += ["--app", url(edge), "--file", str(folder.root / "kept" / "slack.json")]
    return Program(
        name="slack", argv=tuple(argv), env={**env, **secrets}, ready=partial(healthy, port)
    )


def joining(port: int, edge: int, token: str, space: str, env: Mapping[str, str]) -> Program:
    """Install the app for the local space, and link one person: once, whatever ran before."""
    argv = (sys.executable, "-m", "local.slack.joining", url(port), url(edge), space)
    return Program(name="slack joining", argv=argv, env={**env, "HOLDFAST_TOKEN": token})
