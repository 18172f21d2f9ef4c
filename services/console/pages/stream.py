"""`/console/stream`: that something changed, as server-sent events. What is shown of it, a page
asks for anew: nothing is kept here, and nothing has to be repeated.
"""

from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus

from services.console.changes import Changes
from services.console.login import sessions
from services.console.login.sessions import Sessions, SignedIn
from services.console.routing import page_router
from shared.postgres.errors import DatabaseUnavailable
from shared.postgres.wake import Words
from shared.runtime.context import Context
from shared.web import CurrentContext, Problem

HEARTBEAT_SECONDS = 15
MOST_STREAMS = 2_000
_LOOK_SECONDS = 1.0
_SESSION_LOOKS = 10
"""A session that is over ends its stream within so many looks."""

# Streams end when the process stops; the library's own mechanism is a flag for the whole
# interpreter that is never reset.
AppStatus.enable_automatic_graceful_drain = False
routes = page_router()


@routes.get("/stream")
async def stream(
    request: Request, reader: SignedIn, context: CurrentContext, since: float | None = None
) -> Response:
    """`since`: when the page was made that listens from now on."""
    changes = context.only(Changes)
    if changes.streams >= MOST_STREAMS or context.stopping.is_set():
        raise Problem(503, "There are too many streams: retry.")
    return EventSourceResponse(
        _events(request, context, changes, changes.open(since)),
        ping=HEARTBEAT_SECONDS,
        ping_message_factory=lambda: ServerSentEvent(comment="still here"),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    request: Request, context: Context, changes: Changes, words: Words
) -> AsyncIterator[ServerSentEvent]:
    looks = 0
    try:
        yield ServerSentEvent(comment="begun")
        while not context.stopping.is_set():
            for word in sorted(await words.next(_LOOK_SECONDS)):
                yield ServerSentEvent(data=word)
            looks += 1
            if looks % _SESSION_LOOKS == 0 and not await _still_there(request, context):
                return
    finally:
        changes.close(words)


async def _still_there(request: Request, context: Context) -> bool:
    cookie = request.cookies.get(sessions.place(request).session_cookie, "")
    try:
        found = await context.only(Sessions).find(cookie)
    except DatabaseUnavailable:
        return True  # nobody is logged out because a database restarts
    now = context.clock.now()
    return found is not None and not sessions.is_over(found, context.settings, now)
