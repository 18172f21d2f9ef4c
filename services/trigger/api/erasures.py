"""Erases accounts and contacts permanently in all services, and reports the progress."""

from datetime import datetime
from typing import Annotated, Any, Literal

import structlog
from fastapi import Depends, Path
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger import erasure_steps
from services.trigger.api.common import CurrentWatch, deciding, shows, unknown_account
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.erasure import requests as erasure
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.telemetry.logs import log
from shared.web import (
    Answer,
    CurrentAuthor,
    CurrentContext,
    PathIdentifier,
    Problem,
    answer,
    require,
    router,
)

routes = router(tags=["accounts"])

_HASH_BYTES = 32


class ErasureShown(TypedDict):
    """`waits_for`: the services that still hold data.

    `done_at`: when the last of them had none left.
    """

    erasure: str
    requested_at: datetime
    waits_for: list[str]
    done_at: datetime | None


_EXAMPLE: dict[str, Any] = {
    "erasure": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "requested_at": "2026-11-22T05:00:00Z",
    "waits_for": ["notifier"],
    "done_at": None,
}


@routes.delete(
    "/v1/accounts/{account}",
    summary="Erase an account",
    status_code=202,
    responses=shows(_EXAMPLE, 202, "Started"),
    dependencies=[Depends(require("accounts:write"))],
)
async def erase_account(
    account: PathIdentifier, context: CurrentContext, watch: CurrentWatch, author: CurrentAuthor
) -> Answer[ErasureShown]:
    """Erases all of the account's data in all services, including unsent messages. The account is
    unknown from now on; events that arrive late are not counted.

    A later `PUT` creates a new account with this id; it returns 409 until the old one is gone.
    """
    async with watch.writing, transaction(context.engine) as conn:
        now = context.clock.now()
        found = await erasure_steps.erase_account(conn, account, now)
        await _audited(conn, author, "account", found, now)
    if found is None:
        raise unknown_account()
    return _begun(context, found)


@routes.post(
    "/v1/accounts/{account}/contacts/{contact}:erase",
    summary="Erase a contact",
    status_code=202,
    responses=shows(_EXAMPLE, 202, "Started"),
    dependencies=[Depends(require("accounts:write"))],
)
async def erase_contact(
    account: PathIdentifier,
    contact: PathIdentifier,
    context: CurrentContext,
    watch: CurrentWatch,
    author: CurrentAuthor,
) -> Answer[ErasureShown]:
    """Also erases a former contact. Name, address, inbox, messages and words are deleted; what
    happened is kept under an alias.

    A mailbox that refused offers still gets none. Earlier facts that name the contact are refused
    if they arrive late.
    """
    async with watch.writing, deciding(context) as (conn, outcome):
        now = context.clock.now()
        found, followed = await erasure_steps.erase_contact(conn, watch, account, contact, now)
        outcome.add(followed)
        await _audited(conn, author, "contact", found, now)
    if found is None:
        raise Problem(404, "The account does not exist, or never had a contact with this id.")
    return _begun(context, found)


@routes.get(
    "/v1/erasures/{erasure}",
    summary="Get the progress of an erasure",
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def get_erasure(
    erasure_: Annotated[
        str, Path(alias="erasure", max_length=256, description="As `DELETE` returned it")
    ],
    context: CurrentContext,
) -> Answer[ErasureShown]:
    """Kept permanently; contains no names."""
    try:
        hash = bytes.fromhex(erasure_)
    except ValueError:
        hash = b""
    async with transaction(context.engine) as conn:
        found = await erasure.find(conn, hash) if len(hash) == _HASH_BYTES else None
    if found is None:
        raise Problem(404, "Nothing was erased under this id.")
    return answer(_shown(found))


async def _audited(
    conn: AsyncConnection,
    author: Author,
    of: Literal["account", "contact"],
    found: Row[Any] | None,
    now: datetime,
) -> None:
    """By the hash alone, which stays: the id may be a name. Not again, if it has begun before."""
    if found is not None and found.requested_at == now:
        await trail.write(conn, author, Done("erase", of, found.hash.hex(), now))


def _begun(context: Context, found: Row[Any]) -> Answer[ErasureShown]:
    structlog.contextvars.unbind_contextvars(
        "account"
    )  # until the request is over: the log would say whose hash it is
    log.info("erasure_begun", erasure=found.hash.hex()[:12])
    context.wake.local(erasure.CHANNEL)
    return answer(_shown(found), 202)


def _shown(row: Row[Any]) -> ErasureShown:
    moments = {service: getattr(row, f"{service}_at") for service in erasure.SERVICES}
    waits = [service for service, at in moments.items() if at is None]
    return {
        "erasure": row.hash.hex(),
        "requested_at": row.requested_at,
        "waits_for": waits,
        "done_at": None if waits else max(moments.values()),
    }
