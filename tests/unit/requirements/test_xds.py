"""XDS: cross-sell and down-sell (R-220..R-223)."""

from datetime import timedelta
from decimal import Decimal

import msgspec

from services.trigger.accounts import Subscription
from services.trigger.judgement.facts.facts import Sent
from services.trigger.judgement.findings.cross_sell import suggestions
from services.trigger.judgement.findings.downsell import Downsell, downsell
from services.trigger.judgement.findings.expansion import expansion_type
from services.trigger.judgement.words.retention import lower_plan
from shared.wording import sentence
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account, bought

GLOBAL, JP = catalog("global"), catalog("jp")
GB = 10**9


def held(plan: str, **add_ons: int) -> Subscription:
    return bought(plan, NOW, add_ons=add_ons)


def items(story: Story) -> list[str]:
    return [one.add_on.id for one in suggestions(story.case("schedule"))]


def lower(story: Story) -> Downsell:
    found = downsell(story.case("schedule"))
    assert found is not None
    return found


def said(story: Story, locale: str) -> list[str]:
    told = lower_plan(story.case("schedule"))
    return [sentence(one.key, msgspec.to_builtins(one.variables), locale) for one in told]


def leaving(story: Story) -> Story:
    return story.told("cancel.intent", reason="price")


def test_r_220_an_upsell_raises_the_price_and_a_cross_sell_the_number_of_items() -> None:
    assert expansion_type(held("standard"), held("premium"), JP) == "plan_upgrade"
    prices = [JP.plans[plan].price for plan in ("standard", "premium")]
    assert prices[0] is not None
    assert prices[1] is not None
    assert prices[1].monthly - prices[0].monthly == 20_000
    beside = held("premium", analytics_tool=1)
    assert expansion_type(held("premium"), beside, JP) == "cross_sell"


def test_r_221_sakura_is_told_of_the_analytics_tool_after_premium() -> None:
    sakura = account(JP, "standard", interval="year")
    assert items(sakura) == []
    offered = sakura.having(sent=(Sent(NOW, "premium", "usage_limit"),))
    assert items(offered) == [], "nothing is decided yet"
    accepted = offered.told("proposal.answered", answer="accepted")
    (tool,) = suggestions(accepted.case("schedule"))
    shown = tool.json("ja")
    assert (shown["item"], shown["year"], shown["month"]) == ("analytics_tool", "96000", "8000")
    assert shown["text"] == "プレミアムプランとあわせて分析ツールもご利用いただけます"
    assert items(accepted.at(NOW + timedelta(days=31))) == []
    bought = account(JP, "premium").moved(NOW, "standard", "premium", "upgrade")
    assert items(bought) == ["analytics_tool"]
    has_it = account(JP, "premium", add_ons={"analytics_tool": 1})
    assert items(has_it.moved(NOW, "standard", "premium", "upgrade")) == []
    declined = offered.told("proposal.answered", answer="declined")
    assert items(declined) == []


def test_r_222_from_30000_to_10000_a_month() -> None:
    story = account(JP, "standard")
    assert downsell(story.case("schedule")) is None
    found = lower(leaving(story)).json()
    assert found["plan"] == "basic"
    assert found["contraction"] == {"month": "-20000", "year": "-240000"}
    assert found["retained"] == {"month": "10000", "year": "120000"}
    kept = leaving(story).told("subscription.renewed", NOW + timedelta(minutes=1))
    assert downsell(kept.case("schedule")) is None
    assert downsell(leaving(account(JP, "basic")).case("schedule")) is None


def test_r_223_ume_fits_pro_and_tanuki_would_have_to_shrink() -> None:
    ume = account(GLOBAL, "enterprise").used("seats", 6).used("storage", 22 * GB)
    found = lower(leaving(ume.used("api_calls", 9000)))
    assert (found.plan.id, found.fits, found.reduce) == ("pro", True, ())
    shown = found.json()
    assert shown["contraction"] == {"month": "-1250.00", "year": "-15000.00"}
    assert shown["retained"] == {"month": "500.00", "year": "6000.00"}
    tanuki = lower(leaving(account(GLOBAL, "pro").used("storage", 95 * GB)))
    assert tanuki.json()["fits"] is False
    assert tanuki.json()["reduce"] == [{"meter": "storage", "used": 95 * GB, "limit": 10 * GB}]


def test_r_223_the_task_has_the_same_figures() -> None:
    ume = leaving(account(GLOBAL, "enterprise").used("storage", 22 * GB))
    assert said(ume, "en") == [
        "their usage fits the Pro plan: -$1,250 a month, and $500 a month ($6,000 a year) stays"
    ]
    tanuki = leaving(account(GLOBAL, "pro").used("storage", 95 * GB))
    assert said(tanuki, "ja") == [
        "Starterプランには今の使用量が収まりません",
        "ストレージ容量を減らす必要があります: 95 GB/10 GB",
    ]
    assert lower_plan(account(GLOBAL, "pro").case("schedule")) == []


def test_r_223_add_ons_that_the_lower_plan_sells_still_count() -> None:
    pro = account(GLOBAL, "enterprise", add_ons={"seats": 5}).used("seats", 30)
    assert lower(leaving(pro)).fits, "25 and 5 extra seats"
    assert lower(leaving(pro.used("seats", 31))).reduce[0].limit == Decimal(30)
