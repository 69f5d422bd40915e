"""Connecting a space: by its admin, in one browser, and never with a token in sight."""

import httpx2
from starlette import status

from domain.ports.identity import Role
from tests.api.conftest import Scene

BEGIN = "/v1/connections/google_analytics"
CALLBACK = "/v1/connections/callback"


async def begun(scene: Scene) -> tuple[str, dict[str, str]]:
    """The state, and the cookie as a browser would send it back."""
    answer = await scene.client.post(BEGIN)
    assert answer.status_code == status.HTTP_201_CREATED
    state = httpx2.URL(answer.json()["address"]).params["state"]
    return state, {"cookie": f"holdfast_connecting={state}"}


async def test_an_admin_connects_and_disconnects(scene: Scene) -> None:
    state, cookie = await begun(scene)
    done = await scene.client.get(CALLBACK, params={"state": state, "code": "c"}, headers=cookie)
    assert (done.status_code, "a@b.example" in done.text) == (200, True)
    listed = await scene.client.get("/v1/connections", headers=scene.sign_in(Role.VIEWER))
    (item,) = listed.json()["items"]
    assert (item["provider"], item["state"]) == ("google_analytics", "connected")
    assert item["connected_by"] == str(scene.caller.user_id)
    assert "token" not in listed.text
    assert (await scene.client.delete(BEGIN)).status_code == status.HTTP_204_NO_CONTENT
    again = await scene.client.delete(BEGIN)
    assert (again.status_code, again.json()["code"]) == (404, "not_connected")


async def test_the_cookie_is_for_this_browser_alone(scene: Scene) -> None:
    answer = await scene.client.post(BEGIN)
    cookie = answer.headers["set-cookie"].lower()
    for word in ("httponly", "samesite=lax", "secure", f"path={CALLBACK}", "max-age=600"):
        assert word in cookie


async def test_nobody_is_lured_into_another_persons_space(scene: Scene) -> None:
    """Who comes back in a browser that did not begin is refused, and nothing is used up."""
    state, cookie = await begun(scene)
    other, _ = await begun(scene)
    scene.client.cookies.clear()
    for headers in ({}, {"cookie": f"holdfast_connecting={other}"}):
        answer = await scene.client.get(
            CALLBACK, params={"state": state, "code": "c"}, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "state_invalid")
    done = await scene.client.get(CALLBACK, params={"state": state, "code": "c"}, headers=cookie)
    assert done.status_code == status.HTTP_200_OK


async def test_a_person_who_says_no_is_told_so(scene: Scene) -> None:
    state, cookie = await begun(scene)
    params = {"state": state, "error": "access_denied"}
    answer = await scene.client.get(CALLBACK, params=params, headers=cookie)
    assert (answer.status_code, answer.json()["code"]) == (422, "grant_refused")
    assert not scene.fakes.connections.kept


async def test_only_admins_connect(scene: Scene) -> None:
    for role in (Role.VIEWER, Role.MEMBER, Role.APPROVER):
        for method in ("POST", "DELETE"):
            answer = await scene.client.request(method, BEGIN, headers=scene.sign_in(role))
            assert (answer.status_code, answer.json()["code"]) == (403, "role_required")


async def test_an_unknown_provider_is_named(scene: Scene) -> None:
    answer = await scene.client.post("/v1/connections/myspace")
    assert (answer.status_code, answer.json()["code"]) == (422, "provider_unknown")
    junk = await scene.client.post("/v1/connections/My%20Space")
    assert junk.status_code == status.HTTP_422_UNPROCESSABLE_CONTENT
