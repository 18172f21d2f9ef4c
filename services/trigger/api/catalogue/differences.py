"""What changes between versions of the catalogue, over HTTP."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Path
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger.api.catalogue.versions import MOST
from services.trigger.api.common import CurrentWatch, shows
from services.trigger.tables import catalogs
from services.trigger.tables.catalogs import Catalogs
from shared.catalog import Catalog
from shared.catalog.changes import GROUPS, Affected, Change, Group, Other, Part, affected, changes
from shared.catalog.changes import Changes as Found
from shared.postgres.database import transaction
from shared.web import Answer, CurrentContext, Problem, answer, require, router

routes = router(tags=["catalogue"])

MOST_SHOWN = 1_000
"""The most changes of a group in one answer; their number is exact."""
Version = Annotated[int, Path(ge=1, le=MOST, description="A version of the catalogue")]
NOTHING = Catalog("", (), {}, {})


class PlanDifference(TypedDict):
    """What a plan offers. `key`: a feature (`before`, `after`: whether the plan has it), a meter,
    or a part of support. Null: there is no such plan, or meter, on that side.
    """

    plan: str
    part: Part
    key: str
    before: Any
    after: Any


class OtherDifference(TypedDict):
    """`path`: a JSON pointer; plans and add-ons stand in it by their ids."""

    path: str
    before: Any
    after: Any


class ChangeGroupShown(TypedDict):
    """`total`: how many there are; at most 1,000 of them are shown."""

    group: Group
    total: int
    changes: list[PlanDifference]


class OthersShown(TypedDict):
    """Prices, meters, policy and all the rest."""

    total: int
    changes: list[OtherDifference]


class OnPlan(TypedDict):
    plan: str
    accounts: int


class OnMeter(TypedDict):
    meter: str
    accounts: int


class AffectedShown(TypedDict):
    """Accounts with a running subscription whose plan or meters change, or all of them if the
    change holds for all. `at_once`: for how many something changes the moment it is applied; the
    limits, prices and thresholds of running subscriptions stay as they were sold.
    """

    accounts: int
    at_once: int
    plans: list[OnPlan]
    meters: list[OnMeter]


Differences = TypedDict(
    "Differences",
    {
        "from": int | None,
        "to": int | None,
        "same": bool,
        "groups": list[ChangeGroupShown],
        "others": OthersShown,
        "affected": AffectedShown,
    },
)
"""Always all five groups. `from`, `to`: versions; null for one that does not exist (yet)."""

EXAMPLE: dict[str, Any] = {
    "from": 2,
    "to": 3,
    "same": False,
    "groups": [
        {"group": "features", "total": 0, "changes": []},
        {
            "group": "limits",
            "total": 1,
            "changes": [
                {"plan": "pro", "part": "limit", "key": "seats", "before": 25, "after": 30}
            ],
        },
        {"group": "support", "total": 0, "changes": []},
        {"group": "security", "total": 0, "changes": []},
        {"group": "integrations", "total": 0, "changes": []},
    ],
    "others": {
        "total": 1,
        "changes": [{"path": "/plans/pro/price/month", "before": 500, "after": 550}],
    },
    "affected": {
        "accounts": 812,
        "at_once": 0,
        "plans": [{"plan": "pro", "accounts": 812}],
        "meters": [{"meter": "seats", "accounts": 812}],
    },
}


@routes.get(
    "/v1/catalogs/{version}/differences/{other}",
    summary="Compare two versions of the catalogue",
    responses=shows(EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def compare_catalogs(
    version: Version, other: Version, context: CurrentContext, watch: CurrentWatch
) -> Answer[Differences]:
    """What is different in `other`, in the five groups in which plans differ, and who is affected:
    accounts on the plans and meters that change, whichever version they were sold.
    """
    async with transaction(context.engine) as conn:
        try:
            before = await watch.catalogs.version(conn, version)
            after = await watch.catalogs.version(conn, other)
        except KeyError:
            raise Problem(404, "There is no such version.") from None
        on_plans = await catalogs.accounts_on(conn, context.clock.now())
    return answer(await asyncio.to_thread(shown, before, after, version, other, on_plans))


async def of_new(
    conn: AsyncConnection, known: Catalogs, catalog: Catalog, version: int | None, now: datetime
) -> Differences:
    """What would be different if it were applied now. `version`: if it is one that is known."""
    applied = await known.in_force(conn)
    before, number = (applied.catalog, applied.version) if applied else (NOTHING, None)
    on_plans = await catalogs.accounts_on(conn, now)
    return await asyncio.to_thread(shown, before, catalog, number, version, on_plans)


def shown(
    before: Catalog, after: Catalog, a: int | None, b: int | None, on_plans: Mapping[str, int]
) -> Differences:
    found = changes(before, after)
    return {
        "from": a,
        "to": b,
        "same": not found,
        "groups": [_group(found, group) for group in GROUPS],
        "others": {
            "total": len(found.others),
            "changes": [_other(one) for one in found.others[:MOST_SHOWN]],
        },
        "affected": _affected(affected(found, on_plans)),
    }


def _group(found: Found, group: Group) -> ChangeGroupShown:
    of_it = found.of(group)
    return {
        "group": group,
        "total": len(of_it),
        "changes": [_change(one) for one in of_it[:MOST_SHOWN]],
    }


def _change(one: Change) -> PlanDifference:
    return {
        "plan": one.plan,
        "part": one.part,
        "key": one.key,
        "before": one.before,
        "after": one.after,
    }


def _other(one: Other) -> OtherDifference:
    return {"path": one.path, "before": one.before, "after": one.after}


def _affected(found: Affected) -> AffectedShown:
    return {
        "accounts": found.accounts,
        "at_once": found.at_once,
        "plans": [{"plan": key, "accounts": count} for key, count in found.plans.items()],
        "meters": [{"meter": key, "accounts": count} for key, count in found.meters.items()],
    }
