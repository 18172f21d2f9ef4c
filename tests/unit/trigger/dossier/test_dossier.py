"""One account as decisions need it, put together from what is stored."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.trigger.accounts import Account, Subscription, Terms
from services.trigger.dossier.dossier import Loaded, assembled
from services.trigger.dossier.memory import Memory, MoveRow, OpportunityRow, SignalRow, TotalRow
from shared.values.periods import NEVER
from tests.support.catalogs import catalog

GLOBAL = catalog("global")
NOW = datetime(2025, 9, 16, tzinfo=UTC)
SINCE = datetime(2024, 7, 1, tzinfo=UTC)
PROFILE = Account("a", "A", "en", "UTC")


def loaded(plan: str | None = "pro", **known: Any) -> Loaded:
    own = None if plan is None else Subscription(plan, 1, SINCE)
    return assembled(PROFILE, Terms("UTC", own, {}), Memory(**known), GLOBAL, GLOBAL, NOW)


def test_a_customer_since_the_subscription_began() -> None:
    facts = loaded().facts
    assert (facts.contract.started_at, facts.contract.customer_since) == (SINCE, SINCE)
    assert loaded(started_at=NOW).facts.contract.started_at == NOW
    assert loaded(None).facts.contract.started_at is None


def test_only_moves_between_known_plans_that_differ() -> None:
    at = NOW - timedelta(days=1)
    pairs = (("starter", "pro"), ("pro", "starter"), ("pro", "pro"), ("gone", "pro"))
    moves = [MoveRow(at, *pair) for pair in pairs]
    assert [one.kind for one in loaded(moves=moves).facts.moves] == ["upgrade", "downgrade"]


def test_use_is_measured_against_what_is_allowed() -> None:
    totals = [TotalRow("storage", NEVER, None, Decimal(95 * 10**9))]
    usage = loaded(totals=totals).facts.usage["storage"]
    assert (usage.percent, usage.limit) == (95, Decimal(100 * 10**9))
    assert loaded(None, totals=totals).facts.usage == {}
    assert loaded(totals=[TotalRow("gone", NEVER, None, Decimal(1))]).facts.usage == {}


def test_what_was_acted_on_is_not_pending() -> None:
    rows = [
        SignalRow("nps_high", "", NOW, None, {}, True, None),
        SignalRow("renewal", "", NOW, None, {}, False, None),
    ]
    found = loaded(signals=rows)
    assert len(found.facts.signals) == 2
    assert [one.signal.type for one in found.pending] == ["renewal"]


def test_open_deals_with_what_their_task_names() -> None:
    row = OpportunityRow("o1", "pro", "identified", {"role": "cs"}, ["nps_high"], [("a", "b")])
    (deal,) = loaded(opportunities=[row]).facts.opportunities
    assert (deal.plan, deal.owner, deal.told) == ("pro", "cs", (("a", "b"),))
