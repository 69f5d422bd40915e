"""Many conversations over one WebSocket."""

from fastapi import APIRouter, WebSocket

from api import cookies, dependencies, problems
from api.site import own_request
from api.socket.door import Visitor
from api.socket.session import Session
from api.streams import SOCKET

router = APIRouter()


@router.websocket("/v1/ws")
async def open_socket(websocket: WebSocket) -> None:
    """Leaves its session in the scope, as streams do: what routing holds is given back first."""
    edge = dependencies.edge(websocket)
    request_id, hall = websocket.state.request_id, websocket.app.state.hall
    if hall.free <= 0:
        refused = problems.problem(
            request_id,
            status=503,
            code="sockets_waiting",
            detail="Too many come at once that have not said yet who they are.",
            headers={"retry-after": "5"},
        )
        await websocket.send_denial_response(refused)
        return
    visitor = Visitor(
        request_id=request_id,
        cookie=cookies.secret_of(edge.site, websocket),
        own=own_request(edge.site, websocket),
    )
    websocket.scope[SOCKET] = Session(edge, hall, visitor)
