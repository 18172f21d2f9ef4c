"""Notifications and deliveries over HTTP."""

from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Depends, Query
from pydantic import ConfigDict
from typing_extensions import TypedDict

from services.notifier.channels.names import ChannelName
from services.notifier.channels.registry import KINDS
from services.notifier.delivery.preview import preview
from services.notifier.delivery.wakeups import Wakeups
from services.notifier.rows import State
from services.notifier.store import views as store
from services.notifier.views import (
    Deliveries,
    Delivery,
    DeliveryDetail,
    Notifications,
    delivery_detail,
    delivery_view,
    notification_view,
)
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.messages import MessageClass
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.web import (
    Answer,
    Body,
    CurrentAuthor,
    CurrentContext,
    Flag,
    Identifier,
    Moment,
    Paging,
    PathIdentifier,
    Problem,
    answer,
    invalid,
    require,
    router,
)

InState = Annotated[State | None, Query(description="Only in this state")]
OverChannel = Annotated[ChannelName | None, Query(description="Only over this channel")]
Account = Annotated[Identifier | None, Query(description="Only of this account")]
Read, Operate = Depends(require("read")), Depends(require("operate"))

_DELIVERY: dict[str, Any] = {
    "id": "5f2c0f8c1b6e4d0f9a3b7c6d5e4f3a2b",
    "channel": "email",
    "recipient": "hanako@example.com",
    "state": "retrying",
    "attempts": 2,
    "next_attempt_at": "2026-11-22T05:00:35Z",
    "last_error": "451 try again later",
    "delivered_at": None,
}
_OF_DELIVERY = {
    "notification": "9b1d0c2f3a4e5b6c7d8e9f0a1b2c3d4e",
    "account": "acct-42",
    "account_name": "Aozora",
    "kind": "usage.threshold",
    "created_at": "2026-11-22T05:00:00Z",
}
_NOTIFICATION: dict[str, Any] = {
    "id": "9b1d0c2f3a4e5b6c7d8e9f0a1b2c3d4e",
    "key": "0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a",
    "account": "acct-42",
    "contact": "c1",
    "kind": "usage.threshold",
    "class": "notice",
    "meter": "api_calls",
    "threshold": 95,
    "created_at": "2026-11-22T05:00:00Z",
    "proposes": None,
    "proposes_add_on": None,
    "decision": "d-1",
    "deliveries": [_DELIVERY],
}


_NO_DELIVERY = Problem(404, "There is no such delivery.")
_DETAIL: dict[str, Any] = {
    "deadline_at": "2026-11-23T05:00:00Z",
    "history": [
        {
            "at": "2026-11-22T05:00:05Z",
            "outcome": "failed",
            "answer": "451 try again later",
            "state": "retrying",
        }
    ],
    "message": {
        "locale": "en",
        "subject": "Aozora: 95% of your limit for API calls",
        "text": "You have used 9,600 of 10,000 API calls.",
        "html": "<p>You have used 9,600 of 10,000 API calls.</p>",
        "body": None,
    },
    "unwanted": None,
}


class Recovered(TypedDict):
    """How many deliveries are retried; with `dry_run`: how many would be, and nothing changed."""

    recovered: int
    dry_run: NotRequired[bool]


class RecoverBody(Body):
    model_config = ConfigDict(json_schema_extra={"example": {"since": "2026-11-22T05:00:00Z"}})
    since: Moment


def make_router(wakeups: Wakeups) -> APIRouter:
    made = router(tags=["notifications"])
    _add_notifications(made)
    _add_deliveries(made)
    _add_delivery(made)
    _add_retries(made, wakeups)
    _add_cancelling(made, wakeups)
    return made


def _add_notifications(made: APIRouter) -> None:
    @made.get(
        "/v1/notifications",
        summary="List notifications",
        responses=_list_of(_NOTIFICATION),
        dependencies=[Read],
    )
    async def list_notifications(
        context: CurrentContext,
        page: Paging,
        account: Account = None,
        cls: Annotated[
            MessageClass | None, Query(alias="class", description="Only of this class")
        ] = None,
    ) -> Answer[Notifications]:
        """Newest first, each with its deliveries."""
        async with transaction(context.engine) as conn:
            rows = await store.notifications(
                conn, account=account, cls=cls, before=page.before, limit=page.fetch
            )
        return answer(page.body(rows, lambda row: [row["seq"]], notification_view))


def _add_deliveries(made: APIRouter) -> None:
    @made.get(
        "/v1/deliveries",
        summary="List deliveries",
        responses=_list_of(_DELIVERY | _OF_DELIVERY),
        dependencies=[Read],
    )
    async def list_deliveries(
        context: CurrentContext,
        page: Paging,
        state: InState = None,
        channel: OverChannel = None,
        account: Account = None,
        total: Annotated[bool, Query(description="Count them, too: up to 10,001")] = False,
    ) -> Answer[Deliveries]:
        """Newest first. `dead`: given up. `unknown`: may have arrived."""
        async with transaction(context.engine) as conn:
            rows = await store.deliveries(
                conn,
                state=state,
                channel=channel,
                account=account,
                before=page.before,
                limit=page.fetch,
            )
            number = await store.count(conn, state, channel, account) if total else 0
        body = page.body(rows, lambda row: [row["seq"]], delivery_view)
        found: Deliveries = {"data": body["data"], "next_cursor": body["next_cursor"]}
        if total:
            found["total"] = number
        return answer(found)


def _add_delivery(made: APIRouter) -> None:
    @made.get(
        "/v1/deliveries/{id}",
        summary="Get a delivery",
        responses={200: _example(_DELIVERY | _OF_DELIVERY | _DETAIL)},
        dependencies=[Read],
    )
    async def get_delivery(id: PathIdentifier, context: CurrentContext) -> Answer[DeliveryDetail]:
        """With its attempts, what the receiver answered, and what is sent, in its reader's
        language; links that let the reader do something are left out.
        """
        async with transaction(context.engine) as conn:
            found = await store.delivery(conn, id)
            if found is None:
                raise _NO_DELIVERY
            shown = await preview(conn, found["seq"], context.clock.now())
        return answer(delivery_detail(found, shown))


def _add_cancelling(made: APIRouter, wakeups: Wakeups) -> None:
    ended = {"state": "cancelled", "next_attempt_at": None}

    @made.post(
        "/v1/deliveries/{id}:cancel",
        summary="Cancel a waiting delivery",
        responses={200: _example(_DELIVERY | _OF_DELIVERY | ended)},
        dependencies=[Operate],
    )
    async def cancel_delivery(
        id: PathIdentifier, context: CurrentContext, author: CurrentAuthor
    ) -> Answer[Delivery]:
        """It is not sent any more. 409 unless it is queued or retrying; one that may have arrived
        becomes `unknown`.
        """
        return answer(delivery_view(await _cancel(context, wakeups, id, author)))


async def _cancel(context: Context, wakeups: Wakeups, id: str, author: Author) -> Any:
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        channel = await store.cancel(conn, id, now)
        found = await store.delivery(conn, id)
        if channel is not None and found is not None:
            await wakeups.everywhere(conn, channel)
            await trail.write(conn, author, Done("cancel", "delivery", id, now, found["account"]))
    if found is None:
        raise _NO_DELIVERY
    if channel is None:
        raise Problem(409, f"This delivery is {found['state']}: there is nothing to cancel.")
    return found


def _add_retries(made: APIRouter, wakeups: Wakeups) -> None:
    @made.post(
        "/v1/deliveries/{id}:retry",
        summary="Retry a delivery now",
        description=(
            "If this attempt fails, the schedule continues as before. "
            "409 if it is delivered, cancelled or being sent."
        ),
        responses={200: _example(_DELIVERY | _OF_DELIVERY)},
        dependencies=[Operate],
    )
    async def retry_delivery(
        id: PathIdentifier, context: CurrentContext, author: CurrentAuthor
    ) -> Answer[Delivery]:
        return answer(delivery_view(await _retry(context, wakeups, id, author)))

    @made.post(
        "/v1/deliveries:recover",
        summary="Retry dead deliveries since a time",
        description="Leaves out what has been delivered since, and what is no longer wanted.",
        responses={200: _example({"recovered": 12})},
        dependencies=[Operate],
    )
    async def recover_deliveries(
        body: RecoverBody,
        context: CurrentContext,
        author: CurrentAuthor,
        dry_run: Annotated[Flag, Query(description="Only count them")] = False,
    ) -> Answer[Recovered]:
        if body.since > context.clock.now():
            raise invalid(Fault("/since", "is in the future"))
        if dry_run:
            async with transaction(context.engine) as conn:
                number = await store.count_recoverable(conn, body.since, KINDS.channels)
            return answer({"recovered": number, "dry_run": True})
        return answer({"recovered": await _recover(context, wakeups, body, author)})


async def _retry(context: Context, wakeups: Wakeups, id: str, author: Author) -> Any:
    async with transaction(context.engine) as conn:
        channel = await store.retry(conn, id, context.clock.now())
        found = await store.delivery(conn, id)
        if channel is not None and found is not None:
            await wakeups.everywhere(conn, channel)
            done = Done("retry", "delivery", id, context.clock.now(), found["account"])
            await trail.write(conn, author, done)
    if found is None:
        raise _NO_DELIVERY
    if channel is None:
        raise Problem(409, f"This delivery is {found['state']}: there is nothing to retry.")
    return found


async def _recover(context: Context, wakeups: Wakeups, body: RecoverBody, author: Author) -> int:
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        recovered = await store.recover(conn, body.since, now, KINDS.channels)
        for channel in set(recovered):
            await wakeups.everywhere(conn, channel)
        told = {"since": iso(body.since), "recovered": len(recovered)}
        await trail.write(conn, author, Done("recover", "deliveries", "", now, after=told))
    return len(recovered)


def _list_of(example: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: _example({"data": [example], "next_cursor": None})}


def _example(content: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"example": content}}}
