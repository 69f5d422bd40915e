"""What the edge needs of Slack, put together."""

from redis.asyncio import Redis

from adapters.slack.app import Registration, SlackApplication
from adapters.slack.credentials import Credentials
from adapters.slack.signature import Signature
from adapters.slack.states import States
from adapters.store.audit import PostgresAudit
from adapters.store.database import Database
from adapters.store.slack import PostgresSlack
from domain.ports.slack import Slack
from domain.ports.vault import Vault


def slack_at(
    registration: Registration,
    signing_secret: str,
    api_url: str,
    link_page: str,
    *,
    database: Database,
    redis: Redis,
    vault: Vault,
) -> Slack:
    store = PostgresSlack(database)
    app = SlackApplication(
        store,
        Credentials(store, vault, api_url),
        Signature(signing_secret),
        States(redis, registration.client_secret),
        registration,
    )
    return Slack(app, store, PostgresAudit(database), link_page)
