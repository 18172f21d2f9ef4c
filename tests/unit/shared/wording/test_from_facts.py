"""Every prescribed sentence of a built rule, as it is sent, its variables from facts."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.findings.advice import option
from tests.support.catalogs import catalog
from tests.support.rulings import Told, crossed, heard, told
from tests.support.stories import NOW, Story, account
from tests.unit.shared.wording.test_verbatim import VERBATIM

GLOBAL, CASE, JP = catalog("global"), catalog("case"), catalog("jp")
GB = 10**9
SENTENCES = {key: expected for key, _, expected in VERBATIM}
PRO = account(GLOBAL, "pro", since="2024-03-16")

LATER = {"discovery.1", "discovery.2", "discovery.3", "roi.together", "value.bad"} | {
    key for key in SENTENCES if key.startswith(("angle.", "gap.", "conversation.", "objection."))
} - {"objection.wait"}
"""R-120 to R-138, R-150, R-151, R-154 to R-157 are not built yet; a price alone is refused (R-110).
"""


def words(found: Told) -> str:
    return "\n".join(
        (*found.tasks(), *(found.read_by(one.id) for one in found.ruling.loaded.profile.contacts))
    )


def sakura(rate: int) -> Story:
    story = account(
        JP, "standard", since="2023-10-16", interval="year", renewal_date=date(2025, 10, 16)
    )
    value: dict[str, Any] = {
        "hours": 20,
        "hours_basis": "team_total",
        "hours_period": "month",
        "hourly_rate": rate,
        "currency": "JPY",
    }
    activity = {"en": "data analysis", "ja": "データ分析"}
    story = story.told(
        "value.stated", **value, activity=activity, source="customer_stated", said_by="c1"
    )
    return story.told("need.stated", feature="api_integration", said_by="c1")


def hoshino() -> Story:
    story = account(
        GLOBAL, "pro", since="2025-03-16", interval="year", renewal_date=date(2026, 3, 16)
    )
    value: dict[str, Any] = {
        "members": 5,
        "hours": 10,
        "hours_basis": "per_person",
        "hours_period": "week",
        "hourly_rate": 50,
    }
    activity = {"en": "manual reporting", "ja": "手動レポート作成"}
    story = story.told(
        "value.stated",
        **value,
        currency="USD",
        activity=activity,
        source="customer_stated",
        said_by="c1",
    )
    for _ in range(2):
        story = story.told("feature.requested", feature="advanced_analytics")
    return story


def asked() -> str:
    return words(heard(hoshino(), "feature.requested", feature="advanced_analytics"))


def urgent() -> str:
    story = PRO.tickets("support_speed", 1, severity="urgent")
    return words(
        heard(story, "ticket.opened", ticket="b", class_="support_speed", severity="urgent")
    )


def quoted(plan: str) -> str:
    """Where a person acts, what to say stands in the task; on a self-serve plan the line stands on
    the quote.
    """
    return words(heard(account(GLOBAL, None), "quote.presented", plan=plan))


def quote_line() -> str:
    line = option(
        account(JP, None, currency="JPY").told("quote.presented", plan="standard").case("schedule"),
        "ja-JP",
    )
    assert line is not None
    return str(line["text"])


FROM_FACTS: dict[str, Callable[[], str]] = {
    "usage.storage.90": lambda: words(crossed(account(CASE, "basic"), "storage", 9 * GB, 90)),
    "usage.users.95": lambda: words(crossed(PRO, "seats", 24, 95)),
    "renewal.one_month": lambda: words(told(sakura(3000).case("renewal", Signal("renewal", NOW)))),
    "nps.promoter": lambda: words(heard(sakura(3000), "nps.responded", score=9)),
    "pre_purchase.general": lambda: quoted("pro"),
    "pre_purchase.quote": quote_line,
    "value.good": lambda: words(heard(sakura(5000), "nps.responded", score=9)),
    "roi.net": lambda: words(heard(sakura(3000), "nps.responded", score=9)),
    "roi.usd": asked,
    "objection.wait": asked,
    "scenario.advanced_feature": asked,
    "scenario.team_growth": lambda: words(
        heard(PRO.used("seats", 24), "team.growth", count=10, role="sales")
    ),
    "scenario.better_support": urgent,
    "scenario.compliance": lambda: words(
        heard(PRO, "compliance.need", framework="SOC2", deadline="2025-12-15")
    ),
}


@pytest.mark.parametrize("key", FROM_FACTS)
def test_the_sentence_is_said_to_the_letter(key: str) -> None:
    assert SENTENCES[key] in FROM_FACTS[key]()


def test_no_sentence_is_forgotten() -> None:
    assert set(FROM_FACTS) | LATER == set(SENTENCES)
    assert not set(FROM_FACTS) & LATER
