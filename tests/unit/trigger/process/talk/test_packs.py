"""Answers to objections, prepared from what is known of the account (R-150..R-157)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given

from services.trigger.judgement.case import Case
from services.trigger.judgement.question import Question
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.talk import packs
from services.trigger.process.talk.packs import OBJECTIONS, pack
from shared.values.quantities import dumps
from shared.wording import sentence
from tests.support.accepted import World, hear, worlds
from tests.support.stories import NOW, Story
from tests.support.strategies import examples
from tests.unit.trigger.process.cases import PEOPLE, context, deal, having, story

FIGURES: dict[str, Any] = {
    "members": 5,
    "hours": 10,
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": 50,
    "currency": "USD",
    "source": "customer_stated",
}
QUALIFIED = deal("qualified")


def known(**figures: Any) -> Story:
    told = story().told("value.stated", **FIGURES | figures)
    return told.told("need.stated", feature="advanced_analytics", said_by="c1")


def found(told: Story, state: Opportunity = QUALIFIED) -> dict[str, dict[str, Any]]:
    shown = packs.shown(state, context(told=told))
    return {one["objection"]: one for one in shown}


def test_r_150_five_of_them_in_order_from_qualified_on() -> None:
    shown = packs.shown(QUALIFIED, context())
    assert [one["objection"] for one in shown] == list(OBJECTIONS)
    assert [one["is_process"] for one in shown] == [False, False, False, True, False]
    assert [one["counter"] for one in shown] == [
        "価格を擁護しないでください。価値を中心に再フレームします。",
        "懸念を理解しますが、待つコストを示します。",
        "彼らはまだ機能をニーズに結び付けていません。",
        "これはプロセスであり、異議ではありません。ナビゲートを支援します。",
        "ベンダーを切り替えずにニーズを解決するものとして、アップグレードをポジショニングします。",
    ]
    for stage in ("identified", "needs_discovery", "nurture", "disqualified", "closed_lost"):
        assert packs.shown(deal(stage), context()) == []
    for stage in ("engaged", "proposal", "negotiation"):
        assert len(packs.shown(deal(stage), context())) == 5
    assert packs.shown(deal("proposal", "self_serve", None), context()) == []


def test_r_150_what_nobody_has_said_is_missing() -> None:
    nothing = found(story())
    assert {key: one["missing"] for key, one in nothing.items()} == {
        "too_expensive": ["hours", "feature"],
        "wait_renewal": ["hours", "total"],
        "unsure_need": ["goal", "conversation", "feature"],
        "budget_process": [],
        "other_tools": ["wanted", "listen"],
    }
    assert [key for key, one in nothing.items() if one["text"] is not None] == ["budget_process"]


def test_r_151_ten_hours_and_the_analytics() -> None:
    one = found(known())["too_expensive"]
    assert one["text"] == (
        "理解します。ROIを見てみましょう。週10時間節約し、高度な分析をアンロックします。"
        "その価値は追加コストを超えますか?"
    )
    assert one["materials"] == ["roi_calculator", "case_study", "reference"]
    assert (one["inputs"], one["missing"]) == (["hours", "feature"], [])
    assert "discount" not in one


@pytest.mark.parametrize(
    ("figures", "hours"),
    [
        ({"automation_rate": Decimal("0.5")}, "5"),
        ({"hours": 40, "hours_period": "month"}, "9.2"),
        ({"hours": Decimal("0.09")}, None),
        ({"automation_rate": Decimal("0.000000001")}, None),
    ],
)
def test_r_151_hours_a_week_are_never_overstated(figures: dict[str, Any], hours: Any) -> None:
    one = found(known(**figures))["too_expensive"]
    assert one["missing"] == ([] if hours else ["hours"])
    assert one["text"] is None or f"週{hours}時間節約し" in one["text"]


def test_r_151_only_what_they_have_confirmed() -> None:
    guessed = story().told("value.stated", **FIGURES)
    guessed = guessed.told("feature.gated", feature="advanced_analytics")
    assert found(guessed)["too_expensive"]["missing"] == ["feature"]
    refuted = having(
        QUALIFIED, "need", feature="advanced_analytics", status="refuted", said_by="c1"
    )
    assert found(known(), refuted)["too_expensive"]["missing"] == ["feature"]
    later = NOW + timedelta(minutes=30)
    again = known().told("feature.requested", later, feature="advanced_analytics")
    assert found(again, refuted)["too_expensive"]["missing"] == []


def test_r_152_the_cost_of_waiting_in_the_answer() -> None:
    one = found(known())["wait_renewal"]
    assert one["inputs"] == ["months", "hours", "total"]
    assert one["materials"] == ["quote"]
    assert one["text"].startswith("タイミングの考慮事項を理解します。")
    assert "週10時間節約する場合" in one["text"]


def test_r_154_a_goal_and_what_was_said_about_the_future() -> None:
    state = having(QUALIFIED, "answer", question="goal.quarter", text="解約を減らすこと", needs=[])
    assert found(known(), state)["unsure_need"]["missing"] == ["conversation"]
    state = having(state, "answer", question="discovery.3", text="分析を広げたい", needs=[])
    one = found(known(), state)["unsure_need"]
    assert one["text"] == (
        "公平です。今四半期の目標について話しましょう。分析を広げたい。それに基づいて、"
        "高度な分析は解約を減らすことに役立ちます。探求する価値がありますか?"
    )
    assert one["materials"] == ["trial"]


def test_r_156_a_budget_is_a_process_with_all_that_helps_it() -> None:
    one = found(story())["budget_process"]
    assert (one["inputs"], one["is_process"]) == ([], True)
    assert one["materials"] == [
        "executive_summary",
        "roi_analysis",
        "plan_comparison",
        "security_docs",
        "case_study",
        "call",
    ]


@pytest.mark.parametrize(
    ("wanted", "missing", "named"),
    [
        (["webhooks", "custom_integrations", "offline_mode"], [], "webhook、カスタム統合"),
        (["webhooks", "offline_mode", "kiosk"], ["enough_features"], None),
        (["webhooks", "offline_mode"], [], "webhook"),
        (["offline_mode"], ["enough_features"], None),
        (["webhooks", "webhooks", "offline_mode", "kiosk"], ["enough_features"], None),
    ],
)
def test_r_157_at_least_half_of_what_they_look_for(
    wanted: list[str], missing: list[str], named: str | None
) -> None:
    state = having(QUALIFIED, "objection", objection="other_tools", wanted=wanted)
    one = found(story(), state)["other_tools"]
    assert (one["missing"], one["materials"]) == (missing, ["plan_comparison"])
    assert one["text"] == (
        named
        and f"今得られていないどのような機能を探していますか?{named}。"
        "それらの多くは、Enterpriseプランで利用可能です。それらの機能を見ましたか?"
    )


def worded(said: Any) -> bool:
    """As a message to the notifier holds it."""
    key, variables = said
    read = msgspec.json.decode(dumps(dict(variables)))
    return all(sentence(key, read, lang) == sentence(key, variables, lang) for lang in ("ja", "en"))


@given(worlds())
@examples(60, shrinks=False)
def test_whatever_is_known_there_is_an_answer_or_what_is_missing(world: World) -> None:
    loaded, _ = hear(world)
    case = Case("schedule", world.now, loaded.catalog, loaded.facts)
    seen = Context(world.now, loaded.profile, Question.of(case), PEOPLE, loaded=loaded)
    looked = having(deal("engaged"), "objection", objection="other_tools", wanted=["core", "x"])
    for plan in (*seen.catalog.plans, "gone"):
        for objection in OBJECTIONS:
            one = pack(objection, replace(looked, to_plan=plan), seen, ["core", "x"])
            assert one.said() is None or worded(one.said())
            for lang in ("ja", "en"):
                shown = one.json(lang)
                dumps(shown)
                assert (shown["text"] is None) == bool(shown["missing"])
