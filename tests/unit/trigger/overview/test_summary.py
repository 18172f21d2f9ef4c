"""What lists show of one account, and until when that holds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.accounts import Account, Next, Person, Subscription, Terms, Trial
from services.trigger.dossier.dossier import Loaded, assembled
from services.trigger.dossier.memory import Memory, TotalRow
from services.trigger.judgement.findings.health import health
from services.trigger.judgement.findings.loyalty import loyalty
from services.trigger.overview.summary import fullest, summarised
from shared.values.periods import NEVER
from tests.support.catalogs import catalog

GLOBAL = catalog("global")
NOW = datetime(2025, 9, 16, 12, tzinfo=UTC)
SINCE = datetime(2024, 7, 1, tzinfo=UTC)
PROFILE = Account(
    "a", "Aozora", "en", "Asia/Tokyo", segment="mid", csm=Person("u7", "Kato"), currency="EUR"
)
MIDNIGHT = datetime(2025, 9, 16, 15, tzinfo=UTC)


def loaded(own: Subscription | None = None, totals: Any = (), **terms: Any) -> Loaded:
    return assembled(
        PROFILE,
        Terms("Asia/Tokyo", own, {}, **terms),
        Memory(totals=list(totals)),
        GLOBAL,
        GLOBAL,
        NOW,
    )


def total(meter: str, used: int) -> TotalRow:
    return TotalRow(meter, NEVER, None, Decimal(used))


PRO = Subscription("pro", 1, SINCE, quantity=2)


def test_an_account_with_a_subscription() -> None:
    known = loaded(PRO, [total("storage", 95_900_000_000), total("seats", 1)])
    found = summarised(known, NOW)
    assert (found.account, found.name, found.plan, found.segment) == ("a", "Aozora", "pro", "mid")
    assert (found.csm_id, found.csm_name, found.ae_id, found.ae_name) == ("u7", "Kato", None, None)
    assert (found.near_meter, found.near_percent) == ("storage", 95)
    assert found.renewal_date == date(2026, 7, 1)
    assert (found.arr, found.currency) == (Decimal("12000.00"), "USD")
    score = health(known.facts, GLOBAL.plans["pro"], GLOBAL.policy, NOW)
    assert score is not None
    assert (found.band, found.score) == (score.band, score.score)
    assert found.loyalty == loyalty(known.facts, GLOBAL.policy, NOW).segment


def test_an_account_that_has_bought_nothing() -> None:
    found = summarised(loaded(), NOW)
    assert (found.plan, found.renewal_date, found.arr, found.currency) == (None, None, None, "EUR")
    assert (found.near_meter, found.near_percent, found.band, found.score) == (None,) * 4
    assert found.loyalty == "low"


def test_a_subscription_that_has_ended_is_none() -> None:
    ended = replace(PRO, ended_at=NOW - timedelta(days=1))
    found = summarised(loaded(ended, [total("storage", 1)]), NOW)
    assert (found.plan, found.near_meter, found.arr, found.renewal_date) == (None,) * 4


def test_of_meters_equally_full_the_first_by_id() -> None:
    assert fullest(loaded(PRO)) is None
    known = loaded(PRO, [total("storage", 0), total("seats", 0)])
    limited = sorted(m for m, used in known.facts.usage.items() if used.percent is not None)
    assert fullest(known) == (limited[0], 0)


BEGINS = Next(replace(PRO, plan="enterprise"), NOW + timedelta(hours=2), "pro")
TRIED = Trial("t", "o", (), {}, NOW - timedelta(days=1), NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ({}, MIDNIGHT),
        ({"next": BEGINS}, NOW + timedelta(hours=2)),
        ({"trials": (TRIED,)}, NOW + timedelta(hours=1)),
        ({"trials": (replace(TRIED, ends_at=NOW),)}, MIDNIGHT),
    ],
)
def test_it_is_due_at_midnight_there_or_when_something_is_agreed_to_change(
    terms: Any, due: datetime
) -> None:
    assert summarised(loaded(PRO, **terms), NOW).due_at == due


def test_it_is_due_when_the_subscription_ends() -> None:
    ends = NOW + timedelta(minutes=5)
    assert summarised(loaded(replace(PRO, ended_at=ends)), NOW).due_at == ends
