"""Accounts and contacts are erased, for good and everywhere; and how far that has come."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Path
from sqlalchemy import Row
from typing_extensions import TypedDict

from services.trigger import erasing
from services.trigger.api.asking import CurrentWatch, deciding, shows, unknown_account
from shared import erasure
from shared.database import transaction
from shared.telemetry import log
from shared.web import Answer, CurrentContext, PathIdentifier, Problem, answer, require, router

routes = router(tags=["accounts"])

_HASH_BYTES = 32


class ErasureShown(TypedDict):
    """`waits_for`: the services that still have something. `done_at`: when the last of them had nothing any more."""

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
    responses=shows(_EXAMPLE, 202, "Begun"),
    dependencies=[Depends(require("accounts:write"))],
)
async def erase_account(account: PathIdentifier, context: CurrentContext, watch: CurrentWatch) -> Answer[ErasureShown]:
    """Everything of it, in all services, also what waits to be sent; from now on it is unknown. What comes late counts for nobody.

    Written with `PUT` again it is a new account: until the old one is gone that is 409.
    """
    async with watch.writing, transaction(context.engine) as conn:
        found = await erasing.erase_account(conn, account, context.clock.now())
    if found is None:
        raise unknown_account()
    log.info("erasure_begun", erasure=found.hash.hex()[:12])
    context.wake.local(erasure.CHANNEL)
    return answer(_shown(found), 202)


@routes.post(
    "/v1/accounts/{account}/contacts/{contact}:erase",
    summary="Erase a contact",
    status_code=202,
    responses=shows(_EXAMPLE, 202, "Begun"),
    dependencies=[Depends(require("accounts:write"))],
)
async def erase_contact(
    account: PathIdentifier, contact: PathIdentifier, context: CurrentContext, watch: CurrentWatch
) -> Answer[ErasureShown]:
    """Also one who is a contact no longer. Name, address, inbox, messages and words go; what happened stays as somebody's.

    A mailbox that wants no offers still gets none. What names the contact and happened before is refused when it comes late.
    """
    async with watch.writing, deciding(context) as (conn, outcome):
        found, followed = await erasing.erase_contact(conn, watch, account, contact, context.clock.now())
        outcome.add(followed)
    if found is None:
        raise Problem(404, "The account has, and had, no contact with this id, or there is no such account.")
    log.info("erasure_begun", erasure=found.hash.hex()[:12])
    context.wake.local(erasure.CHANNEL)
    return answer(_shown(found), 202)


@routes.get(
    "/v1/erasures/{erasure}",
    summary="How far an erasure has come",
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def get_erasure(
    erasure_: Annotated[str, Path(alias="erasure", max_length=256, description="As `DELETE` answered it")], context: CurrentContext
) -> Answer[ErasureShown]:
    """It is kept for ever, and names nobody."""
    try:
        hash = bytes.fromhex(erasure_)
    except ValueError:
        hash = b""
    async with transaction(context.engine) as conn:
        found = await erasure.find(conn, hash) if len(hash) == _HASH_BYTES else None
    if found is None:
        raise Problem(404, "Nothing was erased under this id.")
    return answer(_shown(found))


def _shown(row: Row[Any]) -> ErasureShown:
    moments = {service: getattr(row, f"{service}_at") for service in erasure.SERVICES}
    waits = [service for service, at in moments.items() if at is None]
    return {
        "erasure": row.hash.hex(),
        "requested_at": row.requested_at,
        "waits_for": waits,
        "done_at": None if waits else max(moments.values()),
    }
