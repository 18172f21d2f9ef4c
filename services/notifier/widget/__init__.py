"""`<plimsoll-alerts>`: one script without dependencies, served with its digest to any origin."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.responses import Response
from typing_extensions import TypedDict

from shared.runtime.context import Context
from shared.web import Answer, PageRoute, answer, router

NAME = "plimsoll-alerts.js"
PATH = f"/v1/widget/{NAME}"
_HEADERS = {
    "Cache-Control": "public, max-age=300, stale-while-revalidate=86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}


@cache
def script() -> bytes:
    return files(__package__).joinpath(NAME).read_bytes()


@cache
def integrity() -> str:
    """The value of a script element's `integrity` attribute (subresource integrity)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(script()).digest()).decode()


class Embedding(TypedDict):
    """The script's address and digest, and the lines that embed it."""

    src: str
    integrity: str
    html: str


def routes(context: Context) -> APIRouter:
    api = router(tags=["widget"], route=PageRoute)
    etag = f'"{hashlib.sha256(script()).hexdigest()[:32]}"'

    @api.get(
        PATH,
        summary="Get the widget script",
        response_class=Response,
        responses={
            200: {"content": {"text/javascript": {"schema": {"type": "string"}}}},
            304: {"description": "Unchanged"},
        },
    )
    async def get_widget(request: Request) -> Response:
        """The custom element. Cacheable for five minutes, then revalidated by its ETag."""
        headers = {**_HEADERS, "ETag": etag}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(script(), media_type="text/javascript", headers=headers)

    @api.get("/v1/widget/plimsoll-alerts.json", summary="Get the widget's embed code")
    async def get_widget_digest() -> Answer[Embedding]:
        """The script's address and digest, and the two lines that embed it.

        With `integrity`, a new version needs the new digest.
        """
        source = f"{context.settings.public_url or ''}{PATH}"
        html = (
            f'<script type="module" src="{source}"></script>\n'
            '<plimsoll-alerts token-url="/your/token/address"></plimsoll-alerts>'
        )
        return answer(
            {"src": source, "integrity": integrity(), "html": html},
            headers={"Cache-Control": "public, max-age=300"},
        )

    return api
