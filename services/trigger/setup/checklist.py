"""The five first steps of an installation, and which are done (R-231)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger.dossier.dossier import Loaded
from services.trigger.dossier.loader import Loader
from services.trigger.judgement.case import Case
from services.trigger.judgement.findings.health import health
from services.trigger.judgement.findings.targets import is_target
from services.trigger.tables import setup
from services.trigger.tables.lists import candidates
from shared.catalog import Catalog
from shared.wording import sentence

ITEMS = 5
PLANS = range(3, 5)
_PAGE = 50
Listed = Callable[[AsyncConnection, datetime, str, int], Awaitable[list[str]]]
Wanted = Callable[[Case], bool]


class StepShown(TypedDict):
    n: int
    title: str
    done: bool
    remedy: str


class SetupShown(TypedDict):
    """The five first steps; `remedy` says what to do."""

    done: int
    items: list[StepShown]


@dataclass(frozen=True, slots=True)
class Found:
    """`target`: there is an account to approach; `known`: one has health, NPS and renewal date."""

    target: bool = False
    known: bool = False


async def checked(conn: AsyncConnection, loader: Loader, now: datetime) -> tuple[bool, ...]:
    """Whether each of the five is done, in order."""
    stored = await setup.answers(conn)
    applied = await loader.catalogs.in_force(conn)
    found = await _looked(conn, loader, now)
    return (
        stored.recorded,
        found.target,
        applied is not None and few_plans(applied.catalog),
        stored.crm and found.known,
        stored.csm and stored.sales and stored.assigned,
    )


def few_plans(catalog: Catalog) -> bool:
    """A family has three or four plans, and none has more."""
    counts = [len(tiers) for tiers in catalog.families().values()]
    return any(count in PLANS for count in counts) and max(counts, default=0) < PLANS.stop


async def _looked(conn: AsyncConnection, loader: Loader, now: datetime) -> Found:
    return Found(
        target=await _any(conn, loader, now, candidates.targets, is_target),
        known=await _any(conn, loader, now, candidates.asked, _is_known),
    )


async def _any(
    conn: AsyncConnection, loader: Loader, now: datetime, listed: Listed, wanted: Wanted
) -> bool:
    """Candidate after candidate, until it is true of one."""
    after = ""
    while accounts := await listed(conn, now, after, _PAGE):
        found = await loader.load(conn, accounts, now)
        if any(wanted(_case(loaded, now)) for loaded in found.values()):
            return True
        after = accounts[-1]
    return False


def _case(loaded: Loaded, now: datetime) -> Case:
    return Case("schedule", now, loaded.catalog, loaded.facts)


def _is_known(case: Case) -> bool:
    facts = case.facts
    return (
        facts.subscription is not None
        and bool(facts.record.nps)
        and health(facts, case.plan, case.policy, case.at) is not None
    )


def shown(done: tuple[bool, ...], lang: str) -> SetupShown:
    items: list[StepShown] = [
        {
            "n": n,
            "title": sentence(f"setup.{n}", {}, lang),
            "done": one,
            "remedy": sentence(f"setup.{n}.remedy", {}, lang),
        }
        for n, one in enumerate(done, start=1)
    ]
    return {"done": sum(done), "items": items}
