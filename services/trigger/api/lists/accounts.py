"""`GET /v1/accounts`: all accounts, filtered and sorted, as pages or as CSV."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy import Row
from typing_extensions import TypedDict

from services.trigger.api.common import shows
from services.trigger.api.lists.search import LONGEST, wanted_of
from services.trigger.api.work.actors import Me
from services.trigger.judgement.findings.health import Band
from services.trigger.judgement.findings.loyalty import Segment
from services.trigger.tables.lists import overview
from services.trigger.tables.lists.overview import FIELDS, Filters, Order, Place
from shared.answers import Amount, DayText, MomentText, MoneyText
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.values.csv_form import csv_head, csv_lines
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.values.money import money_text
from shared.web import (
    CurrentContext,
    Identifier,
    Paging,
    answer,
    invalid,
    require,
    router,
)

routes = router(tags=["accounts"])

NEAR = (80, 90, 95, 100)
_EACH = 1_000
_PEOPLE = ("csm", "ae")


class NamedPerson(TypedDict):
    id: str
    name: str


class AccountListed(TypedDict):
    """`loyalty`: the segment. `band` and `score`: health; null if nothing is known. `near_percent`:
    of `near_meter`, the fullest meter, floored; null while none with a limit was used. `arr`: a
    year of what is subscribed, in `currency`; null without a known price. `suppressed`: whether
    anything blocks offers. All of it as of `as_of`.
    """

    account: str
    name: str
    plan: str | None
    segment: str | None
    csm: NamedPerson | None
    ae: NamedPerson | None
    loyalty: Segment
    band: Band | None
    score: Amount | None
    near_meter: str | None
    near_percent: int | None
    renewal_date: DayText | None
    arr: MoneyText | None
    currency: str | None
    open_tasks: int
    suppressed: bool
    as_of: MomentText


class Accounts(TypedDict):
    """A page of accounts. `total`: how many there are on all pages; 10001 if more than 10,000."""

    data: list[AccountListed]
    next_cursor: str | None
    total: int


_ACCOUNT: dict[str, Any] = {
    "account": "acct-42",
    "name": "Aozora",
    "plan": "pro",
    "segment": "mid",
    "csm": {"id": "u7", "name": "Kato"},
    "ae": None,
    "loyalty": "high",
    "band": "green",
    "score": 82.5,
    "near_meter": "seats",
    "near_percent": 96,
    "renewal_date": "2027-03-16",
    "arr": "15000.00",
    "currency": "USD",
    "open_tasks": 1,
    "suppressed": False,
    "as_of": "2026-11-30T09:00:00Z",
}


def _filters(
    q: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=LONGEST,
            description="Only those with this in their name or id, in any width, case or kana",
        ),
    ] = None,
    csm: Annotated[
        Identifier | None, Query(description="Only of this person; `me`: of Plimsoll-Person")
    ] = None,
    plan: Annotated[Identifier | None, Query(description="Only on this plan")] = None,
    segment: Annotated[Identifier | None, Query(description="Only of this segment")] = None,
    band: Annotated[Band | None, Query(description="Only with health in this band")] = None,
    near: Annotated[
        int | None,
        Query(description="Only with a meter at this percentage or above: 80, 90, 95 or 100"),
    ] = None,
    target: Annotated[
        bool | None,
        Query(description="Only those to approach about an upgrade, or only the others"),
    ] = None,
    me: Me = None,
) -> Filters:
    if near is not None and near not in NEAR:
        raise invalid(Fault("query.near", "must be 80, 90, 95 or 100"))
    if csm == "me":
        if me is None:
            raise invalid(Fault("query.csm", "me needs the header Plimsoll-Person"))
        csm = me
    wanted = None if q is None else wanted_of(q)
    return Filters(wanted, csm=csm, plan=plan, segment=segment, band=band, near=near, target=target)


def _order(
    sort: Annotated[
        str,
        Query(max_length=40, description="A field of the answer, after `-` from the highest down"),
    ] = "account",
) -> Order:
    order = Order(sort.removeprefix("-"), sort.startswith("-"))
    if order.field not in FIELDS:
        known = ", ".join(FIELDS)
        raise invalid(Fault("query.sort", f"must be one of these, or - and one of these: {known}"))
    return order


@routes.get(
    "/v1/accounts",
    summary="List accounts",
    responses=shows({"data": [_ACCOUNT], "next_cursor": None, "total": 1}, model=Accounts),
    dependencies=[Depends(require("read"))],
)
async def list_accounts(
    request: Request,
    page: Paging,
    context: CurrentContext,
    filters: Annotated[Filters, Depends(_filters)],
    order: Annotated[Order, Depends(_order)],
    format: Annotated[
        Literal["json", "csv"] | None,
        Query(description="`csv`: all of them; also by `Accept: text/csv`"),
    ] = None,
) -> Response:
    """By account id unless `sort` says otherwise; those without a value come last. `csm` and `ae`
    sort by name, `loyalty` and `band` from the lowest up, `arr` by its number in any currency.

    What changes is shown within seconds, what was used within a minute or so; an account's own
    addresses are exact.
    """
    if format == "csv" or (format is None and "text/csv" in request.headers.get("accept", "")):
        headers = {"Content-Disposition": 'attachment; filename="accounts.csv"'}
        lines = _csv(context, filters, order)
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)
    after = None if page.after is None else (page.after[0], str(page.after[1]))
    async with transaction(context.engine) as conn:
        rows = await overview.page(conn, filters, order, after, page.fetch)
        total = await overview.count(conn, filters)
    return answer({**page.body(rows, _key, _listed), "total": total})


async def _csv(context: Context, filters: Filters, order: Order) -> AsyncIterator[bytes]:
    """A thousand rows after another, so that no export holds memory or a transaction for long."""
    after: Place | None = None
    names = [
        column
        for name in AccountListed.__annotations__
        for column in ((f"{name}.id", f"{name}.name") if name in _PEOPLE else (name,))
    ]
    yield csv_head(names)
    while True:
        async with transaction(context.engine) as conn:
            rows = await overview.page(conn, filters, order, after, _EACH)
        if rows:
            yield csv_lines([_listed(row) for row in rows], names)
        if len(rows) < _EACH:
            return
        after = (rows[-1].key, rows[-1].account)


def _key(row: Row[Any]) -> list[Any]:
    return [row.key, row.account]


def _listed(row: Row[Any]) -> AccountListed:
    arr = None if row.arr is None or row.currency is None else money_text(row.arr, row.currency)
    return {
        "account": row.account,
        "name": row.name,
        "plan": row.plan,
        "segment": row.segment,
        "csm": _person(row.csm_id, row.csm_name),
        "ae": _person(row.ae_id, row.ae_name),
        "loyalty": row.loyalty,
        "band": row.band,
        "score": row.score,
        "near_meter": row.near_meter,
        "near_percent": row.near_percent,
        "renewal_date": None if row.renewal_date is None else row.renewal_date.isoformat(),
        "arr": arr,
        "currency": row.currency,
        "open_tasks": row.open_tasks,
        "suppressed": row.suppressed,
        "as_of": iso(row.as_of),
    }


def _person(id: str | None, name: str | None) -> NamedPerson | None:
    return None if id is None else {"id": id, "name": name or id}
