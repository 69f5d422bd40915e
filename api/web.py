"""The web app's files: served beside the API, to whoever asks for a page."""

import os
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from api.site import Site

# What is never a page: a path of these that leads nowhere is a mistake, and is told so.
_API: Final = (
    *("/v1", "/docs", "/redoc", "/openapi.json", "/healthz", "/readyz", "/metrics"),
    "/.well-known",
)
_INDEX: Final = "index.html"
# Their names hold a hash of what they hold.
_HASHED: Final = "assets/"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_EACH_TIME: Final = "no-cache"
# Python's own table, and that of the machine, differ and have gaps.
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_UNKNOWN: Final = "application/octet-stream"
_ENCODED: Final = (("br", ".br"), ("gzip", ".gz"))

# Scripts, styles, pictures and connections of this site alone; nothing frames it, and it frames
# nothing. A blob is a picture that the page itself made, of a file that is about to be sent.
POLICY: Final = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data: blob:; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "manifest-src 'self'; "
    "worker-src 'self'; "
    "form-action 'self'; "
    "frame-ancestors 'none'; "
    "base-uri 'none'; "
    "object-src 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_TLS_ONLY: Final = "max-age=31536000"  # a year

NOT_BUILT: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Holdfast</title></head>
<body><h1>Holdfast</h1>
<p>The API runs here; its web app is not built yet.</p>
<p>With Node 20 or newer, <code>make run</code> builds it, and so does this:</p>
<pre>cd web &amp;&amp; npm ci &amp;&amp; npm run build</pre>
<p>What the API offers stands at <a href="/docs">/docs</a>.</p>
</body></html>
"""


class WebApp:
    """Plain ASGI: what the routes do not know is a file, or a page of the app's own."""

    def __init__(self, site: Site, folder: Path, otherwise: ASGIApp) -> None:
        self._site = site
        self._files = _Files(folder)
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_page(scope):
            await self._otherwise(scope, receive, send)
            return
        answer = await self._answer(scope)
        answer.headers.update(HEADERS)
        if self._site.secure(Request(scope)):
            answer.headers["strict-transport-security"] = _TLS_ONLY
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        path = scope["path"].removeprefix("/") or _INDEX
        try:
            return await self._files.get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or _is_file(path, scope):
                raise
        try:
            return await self._files.get_response(_INDEX, scope)
        except HTTPException:
            return HTMLResponse(NOT_BUILT, headers={"cache-control": "no-store"})


class _Files(StaticFiles):
    """Starlette's own, which lets no path out of the folder; with the app's rules for caches."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._assets = os.path.realpath(folder / _HASHED) + os.sep

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        asked, path = Headers(scope=scope), Path(full_path)
        hashed = str(path).startswith(self._assets)
        headers = {"cache-control": _FOR_EVER if hashed else _ASK_EACH_TIME}
        variants = [(name, path.with_name(path.name + end)) for name, end in _ENCODED]
        for name, variant in variants:
            if not variant.exists():
                continue
            headers["vary"] = "accept-encoding"
            if "content-encoding" not in headers and name in asked.get("accept-encoding", ""):
                headers["content-encoding"] = name
                full_path, stat_result = variant, variant.stat()
        answer = FileResponse(
            full_path,
            status_code,
            headers,
            media_type=_TYPES.get(path.suffix, _UNKNOWN),
            stat_result=stat_result,
        )
        if self.is_not_modified(answer.headers, asked):
            return NotModifiedResponse(answer.headers)
        return answer


def _is_page(scope: Scope) -> bool:
    path = scope["path"]
    return (
        scope["type"] == "http"
        and scope["method"] in {"GET", "HEAD"}
        and not any(path == one or path.startswith(f"{one}/") for one in _API)
    )


def _is_file(path: str, scope: Scope) -> bool:
    """A missing file must not be answered with a page, as what asked for a script would get. An
    address with a dot in it, which somebody goes to, is a page."""
    if path == _INDEX or path.startswith(_HASHED):
        return path != _INDEX
    return "." in path.rpartition("/")[2] and "text/html" not in Headers(scope=scope).get(
        "accept", ""
    )
