"""Pages for what is not there, not allowed, or not working now."""

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.ask import request_id
from services.console.login import sessions
from shared.postgres.errors import DatabaseUnavailable
from shared.values.moments import iso
from shared.web.dependencies import current_context
from shared.wording import sentence

_KNOWN = {403, 404, 405, 413, 500, 503}


async def page(request: Request, status: int) -> Response:
    """404 fills the search with what was looked for; 500 has the request's id to copy."""
    try:
        reader = await sessions.reader(request)
    except DatabaseUnavailable:
        reader, status = None, 503
    view = {
        "status": status,
        "kind": str(status) if status in _KNOWN else "other",
        "request_id": request_id(),
        "lacks": _lacks(request) if status == 503 else (),
        "looked_for": request.url.path.rstrip("/").rpartition("/")[2][:100],
    }
    headers = {"Retry-After": "2"} if status == 503 else {}
    return render.page(request, reader, "failure", view, status=status, headers=headers)


def _lacks(request: Request) -> list[str]:
    """What cannot be reached: since when, what still works, and what to do about it."""
    locale = render.look_of(request, None).locale
    return [
        sentence(f"operations.{name}.away", {"since": iso(one.since)}, locale)
        for name, one in current_context(request).lacks().items()
        if name in ("postgres", "kafka")
    ]
