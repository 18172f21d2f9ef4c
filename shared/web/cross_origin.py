"""CORS for what pages of other origins may call: the end user's inbox and the widget's script. Pure
ASGI, so that error responses carry the headers too.

Any origin may, because no response depends on ambient browser credentials: there are no cookies,
only the bearer token that the page itself holds
(docs/decisions/0007-inbox-for-pages-of-any-origin.md). Minting tokens, like everything else, is for
back ends.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OPEN = ("/v1/inbox", "/v1/widget/")
_CLOSED = "/v1/inbox/tokens"
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PATCH",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID, X-Request-Id",
    "Access-Control-Max-Age": "7200",
}
_EXPOSED = "Retry-After, X-Request-Id, WWW-Authenticate"


def is_open(path: str) -> bool:
    return path.startswith(_OPEN) and path != _CLOSED


class CrossOrigin:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_open(scope["path"]):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(
            scope=scope
        ):
            await _preflight(send)
        else:
            await self._app(scope, receive, _opened(send))


async def _preflight(send: Send) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in _PREFLIGHT.items()]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _opened(send: Send) -> Send:
    async def opened(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = _EXPOSED
        await send(message)

    return opened
