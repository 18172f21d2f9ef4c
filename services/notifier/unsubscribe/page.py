"""One-click unsubscribe from proposals (RFC 8058).

POST does it; GET only asks, because mail scanners open every link. The choice takes effect with the
next mail, through the preferences of everyone who reads the mailbox. It is also a fact about the
account (`contact.unsubscribed`), which the trigger counts to see whether anyone may still receive
offers. The page asks for the scope: this account, which is what a mail program's click means, or
every account with this address, including accounts that get it later.
"""

import json
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from html import escape
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from services.notifier.html_page import page
from services.notifier.inbox import inbox
from services.notifier.store import refusals
from services.notifier.store.refusals import Refuser
from services.notifier.unsubscribe.link import Right, read_token
from shared.erasure import requests as erasure
from shared.kafka.clients import Outgoing
from shared.messages import ACCOUNT_EVENTS
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.values.moments import iso
from shared.web import CurrentContext, PageRoute, Problem, router
from shared.wording import sentence

SOURCE = "/plimsoll/notifier"
EVERYWHERE = "address"

routes: APIRouter = router(tags=["unsubscribe"], route=PageRoute)

_PATH = "/v1/unsubscribe/{token}"


@routes.get(_PATH, summary="Show the unsubscribe page", response_class=HTMLResponse)
async def ask_unsubscribe(token: str, context: CurrentContext) -> Response:
    """Changes nothing: mail scanners open every link."""
    right = _known(context, token)
    async with transaction(context.engine) as conn:
        locale = await inbox.locale(conn, right.account, right.contact)
    here, everywhere = (
        escape(sentence(key, {}, locale))
        for key in ("unsubscribe.button", "unsubscribe.everywhere")
    )
    forms = f'<form method="post"><button>{here}</button></form>'
    forms += (
        f'<form method="post" action="?scope={EVERYWHERE}"><button>{everywhere}</button></form>'
    )
    return page("unsubscribe.title", "unsubscribe.ask", locale, forms)


@routes.post(_PATH, summary="Unsubscribe a contact from proposals", response_class=HTMLResponse)
async def unsubscribe(
    token: str,
    context: CurrentContext,
    scope: Annotated[str, Query(description="`address`: in every account with this address")] = "",
) -> Response:
    """The body is ignored: anyone who has the URL may unsubscribe."""
    right = _known(context, token)
    now, everywhere = context.clock.now(), scope == EVERYWHERE
    outbox = context.outbox("notifier")
    async with transaction(context.engine) as conn:
        locale = await inbox.locale(conn, right.account, right.contact)
        who = await refusals.refusers(
            conn, right.account, right.contact, right.mailbox, everywhere=everywhere
        )
        mailbox = right.mailbox or who[0].mailbox
        if everywhere and mailbox is not None:
            await refusals.refuse_everywhere(conn, mailbox, now)
        if await erasure.is_erased(conn, right.account, right.contact):  # an old link
            who = [
                one for one in who if (one.account, one.contact) != (right.account, right.contact)
            ]
        fresh = await refusals.refuse(conn, who, now)
        await outbox.write(
            conn, [_fact(one.account, one.contact, now) for one in _each_mailbox_once(fresh)]
        )
    outbox.wake()
    done = "unsubscribe.done_everywhere" if everywhere else "unsubscribe.done"
    return page("unsubscribe.title", done, locale, "")


def _each_mailbox_once(fresh: Sequence[Refuser]) -> Collection[Refuser]:
    """One fact per account and mailbox: it holds for everyone who reads the mailbox."""
    found: dict[tuple[str, bytes | str], Refuser] = {}
    for one in fresh:
        found.setdefault((one.account, one.mailbox or one.contact), one)
    return found.values()


def _known(context: Context, token: str) -> Right:
    found = read_token(context.signer, token)
    if found is None:
        raise Problem(404, "There is nothing at this address.")
    return found


def _fact(account: str, contact: str, now: datetime) -> Outgoing:
    """The CloudEvent that any other source of account facts would send."""
    event = {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": SOURCE,
        "type": "contact.unsubscribed",
        "subject": account,
        "time": iso(now),
        "data": {"contact": contact, "scope": "proposals"},
    }
    return Outgoing(
        ACCOUNT_EVENTS,
        account.encode(),
        json.dumps(event).encode(),
        (("content-type", b"application/cloudevents+json"),),
    )
