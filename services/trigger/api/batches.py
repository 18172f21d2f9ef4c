"""Many accounts in one request.

Each has its own result; after a failure halfway, the batch can be sent again safely.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger.admission import Full
from services.trigger.alerts.watch import Watch
from services.trigger.api.batch_items import (
    ALSO_LINES,
    JSON,
    LINES,
    MOST,
    AccountItem,
    Unread,
    each_once,
    parts_of,
    read_parts,
)
from services.trigger.api.common import CurrentWatch, deciding, shows
from services.trigger.subscriptions import batches
from services.trigger.subscriptions.account_changes import Overtaken
from services.trigger.subscriptions.batches import Item, Settled
from shared.answers import FaultShown
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.loop.isolation import AccountsFailed, Failure
from shared.postgres.data_errors import is_refused
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.context import Context
from shared.telemetry.logs import log
from shared.values.faults import Fault
from shared.web import (
    Answer,
    CurrentAuthor,
    CurrentContext,
    answer,
    media_type,
    require,
    router,
    unavailable,
)
from shared.web.description import SCHEMAS, schemas_of

routes = router(tags=["accounts"])

_FEW, _LARGE = 20, 50_000
"""Items that parse within a millisecond or two, and a size that does not."""
MOST_FAULTS = 100
"""Faults reported per account."""
_UNSTORABLE = Settled("refused", (Fault("", "holds a value that cannot be stored"),))
_FULL = "Too many batches at the same time: try again."


class ItemShown(TypedDict):
    """`index`: position in the batch, from 0.

    `errors`: set if it is refused; paths point into the item.
    """

    index: int
    id: str | None
    result: Literal["created", "updated", "unchanged", "refused"]
    errors: list[FaultShown]


class BatchTaken(TypedDict):
    """The result of each account, in batch order, and how many there are of each kind."""

    data: list[ItemShown]
    created: int
    updated: int
    unchanged: int
    refused: int


_ITEM: dict[str, Any] = {
    "id": "acct-42",
    "name": "Aozora",
    "locale": "ja-JP",
    "time_zone": "Asia/Tokyo",
    "country": "JP",
    "contacts": [
        {
            "id": "c1",
            "name": "青空 花子",
            "email": "hanako@example.com",
            "role": "owner",
            "locale": "ja-JP",
        }
    ],
    "subscription": {"plan": "starter", "started_at": "2026-11-01T00:00:00Z"},
    "limits": {"storage": {"limit": "12 GB"}},
}
_ONE = {"$ref": "#/components/schemas/AccountItem"}
_MANY = {
    "title": "AccountBatch",
    "description": "Each is taken or refused individually.",
    "type": "array",
    "items": _ONE,
}
_SIZE = {"minItems": 1, "maxItems": MOST}
_BODY: dict[str, Any] = {
    SCHEMAS: {**schemas_of(AccountItem), "AccountBatch": _MANY},
    "requestBody": {
        "required": True,
        "description": "1 to 1,000 accounts, up to 8 MiB: an array, or one account per line.",
        "content": {
            JSON: {
                "schema": {"allOf": [{"$ref": "#/components/schemas/AccountBatch"}, _SIZE]},
                "example": [_ITEM],
            },
            LINES: {"schema": _ONE, "example": _ITEM},
        },
    },
}
_TAKEN: dict[str, Any] = {
    "data": [
        {"index": 0, "id": "acct-42", "result": "created", "errors": []},
        {
            "index": 1,
            "id": "acct-43",
            "result": "refused",
            "errors": [{"path": "/time_zone", "reason": "is not a time zone"}],
        },
    ],
    "created": 1,
    "updated": 0,
    "unchanged": 0,
    "refused": 1,
}


@routes.post(
    "/v1/accounts:batch",
    summary="Create or change many accounts",
    openapi_extra=_BODY,
    responses=shows(_TAKEN),
    dependencies=[Depends(require("accounts:write"))],
)
async def put_accounts(
    request: Request, context: CurrentContext, watch: CurrentWatch, author: CurrentAuthor
) -> Answer[BatchTaken]:
    """With their subscriptions and limits.

    Each account is taken or refused individually; sending the same batch again changes nothing.
    """
    media = media_type(request, {JSON, LINES, *ALSO_LINES})
    try:
        async with watch.batches:
            read = await _read(await request.body(), media)
            items = [one for one in read if isinstance(one, Item)]
            found: dict[str, Settled] = {}
            while len(found) < len(items):
                async with watch.writing:
                    several = items[len(found) : len(found) + watch.pace.limit]
                    found |= await _settled(context, watch, several, author)
    except Full:
        raise unavailable(_FULL) from None
    counts = Counter(found[one.id].result if isinstance(one, Item) else "refused" for one in read)
    return answer(
        {
            "data": [_shown(index, one, found) for index, one in enumerate(read)],
            "created": counts["created"],
            "updated": counts["updated"],
            "unchanged": counts["unchanged"],
            "refused": counts["refused"],
        }
    )


async def _read(raw: bytes, media: str) -> list[Item | Unread]:
    """Reads a few items at a time so that other tasks get the event loop.

    Large batches are read in a thread.
    """
    parts = (
        parts_of(raw, media)
        if len(raw) < 20 * _LARGE
        else await asyncio.to_thread(parts_of, raw, media)
    )
    found: list[Item | Unread] = []
    for begin in range(0, len(parts), _FEW):
        several = parts[begin : begin + _FEW]
        if sum(map(len, several)) < _LARGE:
            found += read_parts(several)
            await asyncio.sleep(0)
        else:
            found += await asyncio.to_thread(read_parts, several)
    return each_once(found)


def _shown(index: int, one: Item | Unread, found: Mapping[str, Settled]) -> ItemShown:
    settled = found[one.id] if isinstance(one, Item) else Settled("refused", one.faults)
    errors: list[FaultShown] = [
        {"path": fault.path, "reason": fault.reason} for fault in settled.faults[:MOST_FAULTS]
    ]
    return {"index": index, "id": one.id, "result": settled.result, "errors": errors}


async def _settled(
    context: Context, watch: Watch, items: Sequence[Item], author: Author
) -> dict[str, Settled]:
    """One transaction, and one row of the audit log.

    Items that fail are left out and the rest is tried again, so that they do not hold up the
    others.
    """
    if not items:
        return {}
    watch.pace.begins()
    try:
        async with deciding(context) as (conn, outcome):
            found, followed = await batches.settle(conn, watch, items, context.clock.now())
            outcome.add(followed)
            await _audited(conn, found, author, context.clock.now())
        watch.pace.ended(len(items))
        return found
    except Overtaken:
        return await _settled(context, watch, items, author)
    except AccountsFailed as failed:
        rest = [one for one in items if one.id not in failed.failures]
        return {
            account: _failed(account, one) for account, one in failed.failures.items()
        } | await _settled(context, watch, rest, author)
    except DatabaseUnavailable:
        raise
    except Exception as error:
        if len(items) == 1:
            return {
                items[0].id: _UNSTORABLE
                if is_refused(error)
                else _failed(items[0].id, Failure(batches.PART, error))
            }
        half = len(items) // 2  # which item caused the failure is unknown
        return await _settled(context, watch, items[:half], author) | await _settled(
            context, watch, items[half:], author
        )


async def _audited(
    conn: AsyncConnection, found: Mapping[str, Settled], author: Author, now: datetime
) -> None:
    """How many, and no names: a migration of a million accounts is not a million rows."""
    counts = Counter(one.result for one in found.values())
    done = {"created": counts["created"], "updated": counts["updated"]}
    if any(done.values()):
        await trail.write(conn, author, Done("import", "accounts", "", now, after=done))


def _failed(account: str, failure: Failure) -> Settled:
    """Caused by a bug of ours, or by what is stored about the account."""
    log.error(
        "batch_account_failed",
        account=account,
        part=failure.part,
        reason=failure.reason,
        trace=failure.trace,
    )
    reason = (
        f"this account cannot be worked on ({failure.part}): "
        "nothing was changed; it has been logged"
    )
    return Settled("refused", (Fault("", reason),))
