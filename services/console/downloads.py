"""Tables as files: what the API writes as CSV, under a name of ours."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
from fastapi.responses import Response, StreamingResponse

from services.console.ask import Asker, Query
from shared.web import Problem

SECONDS = 60.0
MOST = 100_000
"""Rows of a file."""
_PAGE = 500
_TYPE = "text/csv; charset=utf-8"


async def csv(ask: Asker, path: str, query: Query, name: str) -> Response:
    """The whole list, not a page of it; handed on while it is made, so that no file is ever in
    memory as a whole.
    """
    found = await ask.stream(path, {**query, "format": "csv"})
    if found.is_error:
        await found.aclose()
        raise Problem(found.status_code, "There is no such list.")
    return StreamingResponse(_pieces(found), media_type=_TYPE, headers=_headers(name))


async def _pieces(found: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in found.aiter_bytes():
            yield piece
    finally:
        await found.aclose()


async def rows(ask: Asker, path: str, query: Query) -> list[Mapping[str, Any]]:
    """Of a list whose CSV form is a page: page after page, no further than `MOST`."""
    found: list[Mapping[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None and len(found) < MOST:
        asked = {**query, "limit": _PAGE, "cursor": cursor}
        page = await ask.get(path, asked, seconds=SECONDS)
        if not page.ok:
            raise Problem(page.status, "There is no such list.")
        found += page.body["data"]
        cursor = page.body["next_cursor"]
    return found


def file(content: bytes, name: str) -> Response:
    return Response(content, media_type=_TYPE, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.csv"'}
