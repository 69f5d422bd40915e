"""What schemathesis holds each answer against, beyond its own checks."""

from typing import Any

import schemathesis

# Said by name of what a deployment was not set up for: the local one has no registration with
# Google, say. Any other answer above 499 is a defect.
UNCONFIGURED = frozenset(
    {"provider_not_configured", "vault_unconfigured", "slack_not_configured", "mcp_not_configured"}
)


@schemathesis.check
def no_fault_of_ours(
    ctx: schemathesis.CheckContext,
    response: schemathesis.Response,
    case: schemathesis.Case[Any],
) -> None:
    """Nothing generated brings the server to a failure."""
    if response.status_code < 500:
        return
    code = response.json().get("code")
    assert code in UNCONFIGURED, f"{case.method} {case.path}: {response.status_code} {code}"
