"""The pages behind the links of a mail with an offer: they need no key, the token says whose it is.

GET of the answer's page only asks, because mail scanners open every link.
"""

import json
from html import escape
from typing import Annotated, Any, get_args
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Row

from services.notifier.feedback import fact
from services.notifier.feedback.fact import Answer
from services.notifier.feedback.link import read_answer, read_go
from services.notifier.html_page import HEADERS, page
from services.notifier.store import offers
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.values.faults import Fault
from shared.web import CurrentContext, PageRoute, Problem, invalid, router
from shared.wording import sentence

routes: APIRouter = router(tags=["feedback"], route=PageRoute)

_PATH = "/v1/feedback/{token}"
_ANSWERS: tuple[Answer, ...] = get_args(Answer)


@routes.get(_PATH, summary="Show the feedback page", response_class=HTMLResponse)
async def ask_feedback(token: str, context: CurrentContext) -> Response:
    """Changes nothing: mail scanners open every link."""
    offer = await _offer(context, token)
    buttons = "".join(
        f'<form method="post" action="?answer={one}">'
        f"<button>{escape(sentence(f'feedback.{one}', {}, offer.locale))}</button></form>"
        for one in _ANSWERS
    )
    return page("feedback.title", "feedback.ask", offer.locale, buttons)


@routes.post(_PATH, summary="Say whether an offer helped", response_class=HTMLResponse)
async def give_feedback(
    token: str,
    request: Request,
    context: CurrentContext,
    answer: Annotated[str, Query(description="`helpful` or `unwanted`; or in the body")] = "",
) -> Response:
    """The first answer counts. Anyone who has the URL may answer."""
    offer = await _offer(context, token)
    given = answer or _in_body(await request.body())
    found = next((one for one in _ANSWERS if one == given), None)
    if found is None:
        raise invalid(Fault("/answer", "must be helpful or unwanted"))
    outbox = context.outbox("notifier")
    async with transaction(context.engine) as conn:
        await outbox.write(conn, [fact.answered(offer, found, context.clock.now())])
    outbox.wake()
    return page("feedback.title", "feedback.done", offer.locale, "")


@routes.get(
    "/v1/go/{token}",
    summary="Go to where an offer leads",
    status_code=302,
    response_class=RedirectResponse,
    # Linters ask every operation for a success; this one has none besides its redirect.
    responses={"default": {"description": "There is no other success."}},
)
async def go(token: str, context: CurrentContext) -> Response:
    """The address is signed. The first click is noted."""
    known = read_go(context.signer, token)
    if known is None:
        raise Problem(404, "There is nothing at this address.")
    notification, url = known
    outbox, now = context.outbox("notifier"), context.clock.now()
    async with transaction(context.engine) as conn:
        offer = await offers.click(conn, notification, now)
        await outbox.write(conn, fact.viewed(offer, now))
    outbox.wake()
    return RedirectResponse(url, 302, headers=HEADERS)


async def _offer(context: Context, token: str) -> Row[Any]:
    notification = read_answer(context.signer, token)
    found = None
    if notification is not None:
        async with transaction(context.engine) as conn:
            found = await offers.of_notification(conn, notification)
    if found is None:
        raise Problem(404, "There is nothing at this address.")
    return found


def _in_body(body: bytes) -> str:
    """From a form, or from JSON. Only a text is an answer."""
    try:
        read = json.loads(body)
        given = read.get("answer") if isinstance(read, dict) else None
        return given if isinstance(given, str) else ""
    except RecursionError:
        return ""
    except ValueError:
        return parse_qs(body.decode("utf-8", "replace")).get("answer", [""])[0]
