"""HEAD for every path that supports GET: the same response without its body (RFC 9110 9.3.2). Pure
ASGI.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """Runs the GET and sends only its headers. A stream ends there: it sees a disconnected
    client.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, _without_body(send))
        finally:
            scope.update(
                {"route": asked["route"]} if "route" in asked else {}
            )  # the metrics' label


def _without_body(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b""})

    return sent
