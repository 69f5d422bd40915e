"""A conversation in the real store, and people of its space before the real edge."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from joserfc import jwt

from domain.ports.transcript import Passage
from models.ids import answer_id
from models.payloads.sources import Source
from models.payloads.turn import IncomingMessage
from models.states import Role
from tests.api.real import KEY
from tests.store.stage import Stage


@dataclass
class Gallery:
    client: httpx2.AsyncClient
    stage: Stage

    @property
    def url(self) -> str:
        return f"/v1/conversations/{self.stage.conversation_id}"

    def as_(self, role: Role, person: UUID | None = None) -> dict[str, str]:
        """Headers of somebody in the space."""
        scope = self.stage.scope
        return _headers(scope.organisation_id, scope.space_id, role, person or uuid4())

    def stranger(self) -> dict[str, str]:
        """Headers of the admin of another organisation's space."""
        return _headers(uuid4(), uuid4(), Role.ADMIN, uuid4())

    async def ask(
        self, method: str, path: str, headers: dict[str, str], body: object = None
    ) -> tuple[int, Any]:
        """Status, and the body or the failure's code."""
        answer = await self.client.request(method, path, headers=headers, json=body)
        if not answer.content:
            return answer.status_code, None
        found = answer.json()
        return answer.status_code, found if answer.is_success else found["code"]

    async def cited(self, text: str, *titles: str) -> IncomingMessage:
        """A turn that was given passages of documents with these titles, each on page 7."""
        message, claimed = await self.stage.begin("What do they say?")
        passages = [
            Passage(
                Source(
                    mark=mark,
                    passage_id=uuid4(),
                    document_id=uuid4(),
                    title=title,
                    snippet=f"The secret words of {title}",
                    page=7,
                    url="http://intranet.example/hidden",
                ),
                f"All the secret words of {title}.",
            )
            for mark, title in enumerate(titles, start=1)
        ]
        turn = self.stage.turn(message)
        await self.stage.transcript.commit_passages(turn, passages, [], [])
        record = self.stage.record(message, claimed.number, text=text)
        await self.stage.transcript.commit_step(turn, 1, 1, record)
        await self.stage.close(message)
        return message


def answer_of(message: IncomingMessage) -> UUID:
    return answer_id(message.turn_id, 1)


def _headers(organisation: UUID, space: UUID, role: Role, person: UUID) -> dict[str, str]:
    claims = {
        "iss": "holdfast-local",
        "aud": "holdfast",
        "iat": 0,
        "exp": 2**33,
        "sub": str(person),
        "org": str(organisation),
        "jti": uuid4().hex,
        "spaces": {str(space): role.value},
    }
    token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
    return {"authorization": f"Bearer {token}", "x-space-id": str(space)}


@pytest.fixture
async def gallery(client: httpx2.AsyncClient, stage: Stage) -> Gallery:
    return Gallery(client, stage)
