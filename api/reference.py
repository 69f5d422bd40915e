"""The pages about the API, from files of this machine alone."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

from api.web import HEADERS

router = APIRouter(prefix="/docs", include_in_schema=False)

# Beside our cookie a script from elsewhere would be whoever is signed in. Swagger UI as it is
# published; the package is nothing but that, and its code is not run.
_PACKAGE: Final = find_spec("fastapi_swagger")
_FILES: Final = Path(str(_PACKAGE and _PACKAGE.origin)).parent / "resources"
_NAMES: Final = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
# Who is signed in in this browser may try things out: what changes something needs their token.
_START: Final = """const session = fetch("/v1/session").then((answer) => answer.json());
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  requestInterceptor: async (request) => {
    const { csrf } = await session.catch(() => ({}));
    if (csrf && new URL(request.url, location).origin === location.origin)
      request.headers["X-CSRF-Token"] = csrf;
    return request;
  },
});
"""
_CACHE: Final = {"cache-control": "no-cache"}


@router.get("")
async def page() -> Response:
    return HTMLResponse(_PAGE, headers={**HEADERS, **_CACHE})


@router.get("/start.js")
async def start() -> Response:
    return Response(_START, media_type="text/javascript; charset=utf-8", headers=_CACHE)


@router.get("/{name}")
async def file(name: str) -> Response:
    if name not in _NAMES:
        raise HTTPException(404)
    return FileResponse(_FILES / name, media_type=_NAMES[name], headers=_CACHE)
