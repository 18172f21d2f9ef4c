"""Value angles (R-120..R-123): each only while it is true."""

from datetime import timedelta

import pytest

from services.trigger.process.angles import Angle, angles
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account, day

GLOBAL, SEED_B, JP = catalog("global"), catalog("seed_b_comparison"), catalog("jp")
JUNE, AUGUST = day("2025-06-10"), day("2025-08-20")


def found(story: Story, to_plan: str) -> dict[str, Angle]:
    case = story.case("schedule")
    return {one.key: one for one in angles(case, case.catalog.plans[to_plan])}


def asking(story: Story, feature: str = "sso", text: str | None = None) -> Story:
    more = {} if text is None else {"text": text}
    first = story.told("feature.requested", JUNE, feature=feature, **more)
    return first.told("feature.requested", AUGUST, feature=feature)


def test_r_120_sso_in_june_and_august_names_the_lowest_plan_that_has_it() -> None:
    starter = asking(account(GLOBAL, "starter"))
    assert found(starter, "pro")["unlock"].json("ja")["text"] == (
        "チームは数ヶ月間SSOについて尋ねています。それはProでのみ利用可能ですが、"
        "セキュリティチームの懸念を解決し、オンボーディングをよりスムーズにします。"
    )
    assert "unlock" not in found(starter, "enterprise"), "Pro has it already"
    other = asking(account(SEED_B, "pro"))
    assert found(other, "enterprise")["unlock"].json("ja")["text"] == (
        "チームは数ヶ月間SSOについて尋ねています。それはEnterpriseでのみ利用可能ですが、"
        "セキュリティチームの懸念を解決し、オンボーディングをよりスムーズにします。"
    )
    assert "unlock" not in found(asking(account(GLOBAL, "pro")), "enterprise"), "Pro has it"


def test_r_120_only_over_two_months_and_with_an_obstacle() -> None:
    story = account(GLOBAL, "starter")
    week = story.told("feature.requested", AUGUST, feature="sso")
    assert "unlock" not in found(week, "pro")
    near = story.told("feature.requested", day("2025-06-21"), feature="sso").told(
        "ticket.opened", day("2025-08-20"), ticket="t", class_="feature_unavailable", feature="sso"
    )
    assert "unlock" not in found(near, "pro"), "a day short of two months"
    asked = story.told("feature.requested", day("2025-06-20"), feature="sso").told(
        "ticket.opened", day("2025-08-20"), ticket="t", class_="upper_plan_question", feature="sso"
    )
    assert found(asked, "pro")["unlock"].evidence["count"] == 2
    old = asked.at(NOW + timedelta(days=120))
    assert "unlock" not in found(old, "pro"), "the first is older than 180 days"
    assert "unlock" not in found(asking(story, "api_access"), "pro"), "no obstacle is known"
    said = asking(story, "api_access", "exports by hand")
    assert "exports by hand" in found(said, "pro")["unlock"].json("en")["text"]
    assert "unlock" not in found(asking(story, "api_access", "x" * 61), "pro")


def test_r_121_five_to_ten_hours_at_50_dollars_are_3000_to_6000() -> None:
    story = account(GLOBAL, "pro")
    angle = found(story, "enterprise")["efficiency"].json("ja")
    assert angle["assumed"] == ["hours"]
    assert "year" not in angle
    assert "月5〜10時間節約される" in angle["text"]
    rated = story.told(
        "value.stated",
        hours=10,
        hours_basis="team_total",
        hours_period="week",
        hourly_rate=50,
        currency="USD",
        source="customer_stated",
    )
    assert found(rated, "enterprise")["efficiency"].json("en")["year"] == {
        "low": "3000.00",
        "high": "6000.00",
    }
    assert "efficiency" not in found(account(GLOBAL, "starter"), "pro"), "no dedicated CSM"


@pytest.mark.parametrize(
    ("ago", "kind", "offered"),
    [(0, "competitor_comparison", True), (181, "competitor_comparison", False), (0, "demo", False)],
)
def test_r_122_only_if_they_compare(ago: int, kind: str, offered: bool) -> None:
    story = account(GLOBAL, "pro")
    assert "competitive" not in found(story, "enterprise")
    compared = story.told(
        "evidence.recorded", NOW - timedelta(days=ago), criterion="wall", kind=kind, text="Rival"
    )
    angle = found(compared, "enterprise").get("competitive")
    assert (angle is not None) is offered
    if angle is not None:
        assert angle.json("ja")["text"] == (
            "競合他社は高度な自動化機能を使用して、数分でリードに対応しています。"
            "それはEnterpriseのみですが、コンバージョン率の向上を推進しています。"
        )
    assert "competitive" not in found(compared, "pro")


def test_r_123_the_audit_of_maruta_is_90_days_ahead() -> None:
    maruta = account(GLOBAL, "pro").told("compliance.need", framework="SOC2", deadline="2025-12-15")
    angle = found(maruta, "enterprise")["risk"].json("ja")
    assert angle["text"] == (
        "SOC2のタイムラインを考えると、Enterpriseセキュリティ機能が認証を加速します。"
        "監査証跡とアクセス制御は、監査人が求めるものそのものです。"
        "期限まであと90 日(2025年12月15日)です。"
    )
    assert angle["evidence"]["days"] == 90
    assert "risk" not in found(maruta.at(day("2025-12-17")), "enterprise"), "it has passed"
    assert "risk" not in found(
        account(GLOBAL, "pro").told("compliance.need", framework="SOC2"), "enterprise"
    )
    assert "risk" not in found(maruta, "pro")


def test_an_angle_speaks_for_another_plan_than_the_own_one() -> None:
    assert found(account(GLOBAL, "enterprise"), "enterprise") == {}
    assert found(account(GLOBAL, None), "pro") == {}
