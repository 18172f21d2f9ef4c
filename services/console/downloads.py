"""Tables as files: what the API writes as CSV, under a name of ours."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response

from services.console.ask import Asker, Query
from shared.web import Problem

SECONDS = 60.0
MOST = 100_000
"""Rows of a file."""
_PAGE = 500


async def csv(ask: Asker, path: str, query: Query, name: str) -> Response:
    """The whole list, not a page of it."""
    found = await ask.get(path, {**query, "format": "csv"}, seconds=SECONDS)
    if not found.ok:
        raise Problem(found.status, "There is no such list.")
    return file(found.raw, name)


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
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
