"""Limits of an account that differ from its plan's.

Like a subscription, they are evaluated before the response.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response
from pydantic import BeforeValidator, WithJsonSchema
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Override
from services.trigger.api.accounts import OverrideShown, shown_override
from services.trigger.api.common import CurrentWatch, deciding, shows, terms_or_404
from services.trigger.subscriptions import account_changes
from shared.audit import trail
from shared.audit.trail import Done
from shared.catalog import NO_RATES, CatalogError, Threshold, misplaced, parse_thresholds
from shared.postgres.database import lock_accounts
from shared.values.faults import Fault
from shared.values.quantities import UNLIMITED, parse_limit
from shared.web import (
    Answer,
    Body,
    CurrentAuthor,
    CurrentContext,
    PathIdentifier,
    Problem,
    answer,
    invalid,
    no_content,
    require,
    router,
)

routes = router(tags=["accounts"])


def _limit(raw: Any) -> Decimal | str:
    """An amount, or `unlimited`."""
    parsed = parse_limit(raw)
    return UNLIMITED if parsed is None else parsed


Limit = Annotated[
    Decimal | str,
    BeforeValidator(_limit),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "examples": ["12 GB", "unlimited"]},
            ]
        }
    ),
]
_AT = {
    "anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "examples": ["9 GB"]}]
}
_ABSOLUTE = {
    "type": "object",
    "required": ["at"],
    "properties": {"at": _AT},
    "additionalProperties": False,
}
_RATE = _ABSOLUTE | {"required": ["per_hour"], "properties": {"per_hour": _AT}}
_PERCENT = {"type": "integer", "minimum": 1, "maximum": 1000}
Thresholds = Annotated[
    list[Any],
    WithJsonSchema(
        {"type": "array", "items": {"anyOf": [_PERCENT, _ABSOLUTE, _RATE]}, "minItems": 1}
    ),
]


_EMPTY = "needs a limit, thresholds, or both"


class LimitBody(Body):
    """Either may be left out (or null): the plan's applies."""

    limit: Limit | None = None
    thresholds: Thresholds | None = None

    def override(self, meter: str) -> Override:
        """Raises Problem 422 with every fault in the thresholds, or if nothing is overridden."""
        if self.limit is None and self.thresholds is None:
            raise invalid(Fault("", _EMPTY))
        limit = self.limit if isinstance(self.limit, Decimal) else None
        return Override(
            meter,
            self.limit is not None,
            limit,
            None if self.thresholds is None else _read(self.thresholds),
        )


def override_faults(raw: Any) -> list[Fault]:
    """Faults of an unread body beyond the form of its fields."""
    if not isinstance(raw, Mapping):
        return []
    limit, thresholds = raw.get("limit"), raw.get("thresholds")
    if limit is None and thresholds is None:
        return [Fault("", _EMPTY)]
    try:
        parse_thresholds(thresholds if isinstance(thresholds, list) else [100])
    except CatalogError as error:
        return list(error.faults)
    return []


def _read(raw: list[Any]) -> tuple[Threshold, ...]:
    try:
        return parse_thresholds(raw)
    except CatalogError as error:
        raise invalid(*error.faults) from None


_EXAMPLE = {"limit": "12 GB", "thresholds": [50, 100]}
_SHOWN = {"limit": 12_000_000_000, "thresholds": [50, 100]}


@routes.put(
    "/v1/accounts/{account}/limits/{meter}",
    summary="Set an account's own limit or thresholds",
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}}},
    responses=shows(_SHOWN),
    dependencies=[Depends(require("accounts:write"))],
)
async def put_limit(
    account: PathIdentifier,
    meter: PathIdentifier,
    body: LimitBody,
    context: CurrentContext,
    watch: CurrentWatch,
    author: CurrentAuthor,
) -> Answer[OverrideShown]:
    """Repeating the same body changes nothing. Evaluated before the response."""
    override = body.override(meter)
    async with deciding(context) as (conn, outcome):
        before = await _locked(conn, account, meter, context.clock.now())
        applied = await watch.catalogs.in_force(conn)
        if applied is None or meter not in applied.catalog.meters:
            raise Problem(404, "The catalogue has no meter of this name.")
        if wrong := misplaced(override.thresholds or (), applied.catalog.meters[meter]):
            raise invalid(*(Fault(f"/thresholds/{n}", NO_RATES) for n in wrong))
        outcome.add(
            await account_changes.put_override(conn, watch, account, override, context.clock.now())
        )
        await trail.write(
            conn, author, _done(account, meter, before, override, context.clock.now())
        )
    return answer(shown_override(override))


@routes.delete(
    "/v1/accounts/{account}/limits/{meter}",
    summary="Return an account to its plan's limit and thresholds",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(require("accounts:write"))],
)
async def delete_limit(
    account: PathIdentifier,
    meter: PathIdentifier,
    context: CurrentContext,
    watch: CurrentWatch,
    author: CurrentAuthor,
) -> Response:
    """Succeeds even if the account has no limit of its own."""
    async with deciding(context) as (conn, outcome):
        before = await _locked(conn, account, meter, context.clock.now())
        outcome.add(
            await account_changes.delete_override(conn, watch, account, meter, context.clock.now())
        )
        if before is not None:
            await trail.write(
                conn, author, _done(account, meter, before, None, context.clock.now())
            )
    return no_content()


async def _locked(
    conn: AsyncConnection, account: str, meter: str, now: datetime
) -> Override | None:
    """Under the account's lock: what is replaced."""
    await lock_accounts(conn, [account])
    return (await terms_or_404(conn, account, now)).overrides.get(meter)


def _done(
    account: str, meter: str, before: Override | None, after: Override | None, now: datetime
) -> Done:
    shown = [None if one is None else shown_override(one) for one in (before, after)]
    action = "create" if before is None else "delete" if after is None else "change"
    return Done(action, "limit", f"{account} {meter}", now, account, *shown)
