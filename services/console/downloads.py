"""Tables as files: what the API writes as CSV, under a name of ours."""

from fastapi.responses import Response

from services.console.ask import Asker, Query
from shared.web import Problem

SECONDS = 60.0


async def csv(ask: Asker, path: str, query: Query, name: str) -> Response:
    """The whole list, not a page of it."""
    found = await ask.get(path, {**query, "format": "csv"}, seconds=SECONDS)
    if not found.ok:
        raise Problem(found.status, "There is no such list.")
    return file(found.raw, name)


def file(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
