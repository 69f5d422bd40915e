"""Google as an OAuth 2 provider."""

from typing import Final

from adapters.connections.provider import Provider

ANALYTICS: Final = "google_analytics"
_READ: Final = "https://www.googleapis.com/auth/analytics.readonly"


def google(
    *,
    client_id: str,
    client_secret: str,
    redirect_url: str,
    accounts_url: str = "https://accounts.google.com",
    tokens_url: str = "https://oauth2.googleapis.com",
) -> Provider:
    return Provider(
        name=ANALYTICS,
        client_id=client_id,
        client_secret=client_secret,
        authorize_url=f"{accounts_url}/o/oauth2/v2/auth",
        token_url=f"{tokens_url}/token",
        revoke_url=f"{tokens_url}/revoke",
        redirect_url=redirect_url,
        scopes=("openid", "email", _READ),
        needed=frozenset({_READ}),
        # Without consent there is a refresh token the first time only.
        extra={"access_type": "offline", "prompt": "consent"},
    )
