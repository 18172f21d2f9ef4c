"""PLY: the five scenarios (R-140..R-145)."""

from datetime import timedelta

import pytest

from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.findings import needs
from services.trigger.judgement.pipeline import decide
from shared.catalog import catalog_document
from tests.support.catalogs import catalog, parsed
from tests.support.rulings import Told, heard, told
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
PRO = account(GLOBAL, "pro")


def test_r_140_five_situations() -> None:
    asked = PRO.told("feature.requested", feature="webhooks").told(
        "feature.requested", feature="webhooks"
    )
    urgent = PRO.tickets("support_speed", 1, severity="urgent")
    assert PRO.crossing("storage", 90 * 10**9, 90).scenarios == ("outgrowing",)
    assert asked.hearing("feature.requested", feature="webhooks").scenarios == ("advanced_feature",)
    assert PRO.used("seats", 24).hearing("team.growth", count=10).scenarios == ("team_growth",)
    assert urgent.hearing(
        "ticket.opened", ticket="u", class_="support_speed", severity="urgent"
    ).scenarios == ("better_support",)
    assert PRO.hearing("compliance.need", framework="SOC2").scenarios == ("compliance",)


def test_r_140_maruta_is_compliance_first_and_better_support_second() -> None:
    maruta = PRO.tickets("support_speed", 2, NOW - timedelta(days=10), severity="urgent")
    assert maruta.hearing("compliance.need", framework="SOC2", deadline="2025-12-15").scenarios == (
        "compliance",
        "better_support",
    )


def test_r_140_all_five_at_once_stand_in_their_order() -> None:
    """compliance > outgrowing > team_growth > advanced_feature > better_support."""
    story = (
        PRO.used("seats", 24)
        .told("team.growth", count=10)
        .tickets("support_speed", 2, severity="urgent")
    )
    for _ in range(3):
        story = story.told("feature.requested", feature="webhooks")
    story = story.told("compliance.need", framework="SOC2")
    decision = story.crossing("storage", 95 * 10**9, 95)
    assert decision.scenarios == (
        "compliance",
        "outgrowing",
        "team_growth",
        "advanced_feature",
        "better_support",
    )


def test_r_141_outgrowing_by_a_repeated_limit() -> None:
    decision = PRO.crossing("seats", 24, 95, hot_days=3)
    assert decision.signals == ("usage_limit", "repeated_limit")
    assert decision.scenarios == ("outgrowing",)


def test_r_142_the_third_request_triggers_and_the_fourth_counts() -> None:
    story = PRO.told("feature.requested", NOW - timedelta(days=60), feature="advanced_analytics")
    second, raised = story.raised(
        "feature.requested", NOW - timedelta(days=1), feature="advanced_analytics"
    )
    assert raised == ()
    third, raised = second.raised("feature.requested", feature="advanced_analytics")
    assert [(signal.type, signal.evidence["count"]) for signal in raised] == [
        ("feature_requested", 3)
    ]
    fourth, again = third.having(signals=raised).raised(
        "feature.requested", feature="advanced_analytics"
    )
    assert again == ()
    assert needs.requests(fourth.facts.record, "advanced_analytics", NOW) == 4


@pytest.mark.parametrize("feature", ["sso", "french_phone_support"])
def test_r_142_only_what_a_higher_plan_alone_has(feature: str) -> None:
    story = PRO
    for _ in range(2):
        story = story.told("feature.requested", feature=feature)
    assert story.raised("feature.requested", feature=feature)[1] == ()


def test_r_142_a_request_half_a_year_old_is_forgotten() -> None:
    story = PRO.told("feature.requested", NOW - timedelta(days=181), feature="webhooks").told(
        "feature.requested", feature="webhooks"
    )
    assert story.raised("feature.requested", feature="webhooks")[1] == ()


def test_r_143_only_the_seats_above_the_limit_count() -> None:
    kitsune = PRO.used("seats", 24)
    assert needs.seats_above(GLOBAL, kitsune.facts, 10) == 9
    assert needs.seats_above(GLOBAL, PRO.used("seats", 10).facts, 10) == 0
    assert needs.seats_above(GLOBAL, PRO.used("seats", 30).facts, 10) == 10
    _, raised = kitsune.raised("team.growth", count=10, role="sales")
    assert raised[0].evidence["above"] == 9


def test_r_144_two_urgent_asks_for_faster_support() -> None:
    one, raised = PRO.raised("ticket.opened", ticket="a", class_="support_speed", severity="urgent")
    assert raised == ()
    _, raised = one.raised("ticket.opened", ticket="b", class_="support_speed", severity="urgent")
    assert [signal.type for signal in raised] == ["better_support"]


def test_r_144_anger_comes_first() -> None:
    angry = PRO.tickets("bug", 2).tickets("support_speed", 1, severity="urgent")
    decision = angry.hearing("ticket.opened", ticket="u", class_="support_speed", severity="urgent")
    assert decision.signals == ("better_support",)
    assert "dissatisfied" in decision.blocked_by


def test_r_145_a_framework_that_the_plan_does_not_cover() -> None:
    _, raised = PRO.raised("compliance.need", framework="SOC2", deadline="2025-12-15")
    assert raised[0].type == "compliance_need"
    assert raised[0].key == "SOC2"
    assert PRO.raised("compliance.need", framework="ISO 27001")[1][0].key == "ISO 27001"
    assert account(GLOBAL, "enterprise").raised("compliance.need", framework="SOC2")[1] == ()


def test_r_145_the_deadline_ends_the_urgency() -> None:
    story, raised = PRO.raised("compliance.need", framework="SOC2", deadline="2025-09-20")
    assert not raised[0].holds(NOW + timedelta(days=5))
    over = story.at(NOW + timedelta(days=6))
    assert decide(over.case("schedule", *raised)).scenarios == ("compliance",)
    assert needs.live_compliance(story.facts.record, over.now) == []


def say(found: Told) -> str:
    """What the task gives to say."""
    (task,) = found.tasks()
    return next(line for line in task.split("\n") if line.startswith("伝えること: "))


def test_r_142_the_third_request_has_its_sentence() -> None:
    story = PRO.told("feature.requested", feature="advanced_analytics").told(
        "feature.requested", feature="advanced_analytics"
    )
    expected = (
        "高度な分析について3回尋ねられました。それはEnterpriseのみですが、"
        "他の顧客にとってどのように機能するか正確にお見せできます。"
    )
    assert expected in say(heard(story, "feature.requested", feature="advanced_analytics"))


def test_r_143_hirings_have_their_sentence() -> None:
    found = heard(PRO.used("seats", 24), "team.growth", count=10, role="sales")
    assert (
        "10人の新しい営業担当者を採用していることを見ました。"
        "Enterpriseの無制限ユーザーは、Proシートを追加するよりもコスト効率が良いでしょう。"
    ) in say(found)


def test_r_144_urgent_asks_have_their_sentence() -> None:
    one = PRO.tickets("support_speed", 1, severity="urgent")
    found = heard(one, "ticket.opened", ticket="b", class_="support_speed", severity="urgent")
    assert found.decision.scenarios == ("better_support",)
    assert (
        "プラットフォームが業務にとってどれほど重要かを考えると、Enterpriseの4時間SLAと専任CSMが安心感を与えるかもしれません。"
    ) in say(found)


@pytest.mark.parametrize("framework", ["SOC2", "ISO 27001"])
def test_r_145_a_framework_has_its_sentence_and_goes_first(framework: str) -> None:
    found = heard(PRO, "compliance.need", framework=framework, deadline="2025-12-15")
    needed = f"{framework}コンプライアンスには、Enterpriseのセキュリティ機能が必要になります。"
    assert f"{needed}多くの顧客が具体的にそのためにアップグレードしています。" in say(found)
    assert [one.task.priority for one in found.tells if one.task] == ["high"]
    assert f"{framework}の期限は2025年12月15日(あと90日)です" in found.tasks()[0]


def hiring(price: int, **more: object) -> Told:
    entries = catalog_document(GLOBAL)
    entries["plans"][1]["extra"] = {"seats": {"month": price}}
    story = account(parsed(entries), "pro", since="2024-03-16").used("seats", 24)
    return heard(story.having(**more), "team.growth", count=10, role="sales")


def test_r_143_where_seats_are_cheaper_the_csm_is_told_to_offer_them() -> None:
    """9 x 60 x 12 = 6,480 against 15,000."""
    found = hiring(60)
    assert found.decision.outcome == "withheld"
    (task,) = found.tasks()
    assert "シートの追加(9席、年$6,480)を案内してください" in task
    assert "コスト効率が良い" not in task
    assert "アップグレードのほうが割安だとは言わないでください" in task
    assert "offer 9 more seats instead ($6,480 a year)" in found.tasks("en")[0].lower()
    assert "シートの追加" not in hiring(150).tasks()[0], "16,200 against 15,000"


def test_r_143_seats_stand_beside_another_reason_and_are_sold_to_nobody_who_is_unhappy() -> None:
    entries = catalog_document(GLOBAL)
    entries["plans"][1]["extra"] = {"seats": {"month": 60}}
    story = account(parsed(entries), "pro").used("seats", 24).told("team.growth", count=10)
    both = told(
        story.case(
            "team.growth",
            Signal("team_growth", NOW, evidence={"count": 10}),
            Signal("compliance_need", NOW, "SOC2"),
        )
    )
    assert both.decision.sells
    assert "シートの追加(9席、年$6,480)を案内してください" in both.tasks()[0]
    unhappy = told(
        story.told("nps.responded", score=3).case(
            "team.growth", Signal("team_growth", NOW, evidence={"count": 10})
        )
    )
    assert [task for task in unhappy.tasks() if "シートの追加" in task] == []


def test_r_143_an_add_on_is_offered_by_its_name() -> None:
    entries = catalog_document(GLOBAL)
    del entries["plans"][1]["extra"]
    packs = {
        "id": "five_seats",
        "name": {"en": "Five more", "ja": "5席パック"},
        "plans": ["pro"],
        "price": {"month": 100},
        "limits": {"seats": 5},
    }
    story = account(parsed(entries | {"add_ons": [packs]}), "pro").used("seats", 24)
    (task,) = heard(story, "team.growth", count=10).tasks()
    assert "5席パックの追加(2個、年$2,400)を案内してください" in task
