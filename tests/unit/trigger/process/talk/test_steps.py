"""The eight steps of a conversation, and what each still needs (R-130..R-138)."""

from dataclasses import replace
from typing import Any

import pytest

from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Refused
from services.trigger.process.talk import questions, steps
from shared.catalog.types import Asset, Text
from tests.support.stories import Story
from tests.unit.trigger.process.cases import ask, context, deal, having, story

LISTENED = (*questions.CURRENT, *questions.FUTURE)


def needing(*features: str, **more: Any) -> Story:
    told = story()
    for feature in features:
        told = told.told("need.stated", feature=feature, said_by="c1", **more)
    return told


def answered(state: Opportunity, *asked: str) -> Opportunity:
    for question in asked:
        state = having(state, "answer", question=question, text="Yes.", said_by="c1", needs=[])
    return state


def done(state: Opportunity, *numbers: int) -> Opportunity:
    for step in numbers:
        state = having(state, "step", step=step, status="done")
    return state


def lacks(step: int, state: Opportunity, seen: Context) -> list[str]:
    found = ask(state, {"type": "step", "step": step, "status": "done"}, seen)
    shown = steps.shown(state, seen)["steps"][step - 1]["blocked_by"]
    if isinstance(found, Appended):
        assert shown == []
        return []
    assert isinstance(found, Refused)
    assert {one.path for one in found.faults} == {"/step"}
    assert [one.reason for one in found.faults] == [f"step_incomplete: {one}" for one in shown]
    return list(shown)


def said(step: int, state: Opportunity, seen: Context) -> list[str]:
    sentences: list[str] = steps.shown(state, seen)["steps"][step - 1]["sentences"]
    return sentences


def test_r_130_eight_steps_in_their_order() -> None:
    shown = steps.shown(deal(), context())["steps"]
    assert [(one["step"], one["key"]) for one in shown] == [
        (1, "current_state"),
        (2, "future_state"),
        (3, "gap"),
        (4, "introduce"),
        (5, "demonstrate"),
        (6, "roi_together"),
        (7, "objections"),
        (8, "next_step"),
    ]
    assert {one["status"] for one in shown} == {"open"}
    nobody = steps.shown(deal("proposal", "self_serve", None), context())
    assert (nobody["steps"], nobody["discovery"]) == ([], [])


def test_r_130_the_third_step_after_the_answers_of_the_first_two() -> None:
    seen = context(told=needing("compliance_certs"))
    assert lacks(3, deal(), seen) == list(LISTENED)
    assert lacks(3, answered(deal(), *LISTENED), context()) == ["need"]
    assert lacks(3, answered(deal(), *LISTENED), seen) == []


def test_r_132_the_second_step_asks_these_three_and_looks_a_year_ahead() -> None:
    two = steps.shown(deal(), context())["steps"][1]
    assert [one["text"] for one in two["questions"]] == [
        "チームは今後6〜12ヶ月でどこに向かっていますか?",
        "結果に最大の違いをもたらす機能は何ですか?",
        "魔法の杖を振って任意の機能を追加できるなら、それは何でしょうか?",
    ]
    body = {"type": "answer", "question": "conversation.2.2", "text": "x", "said_by": "c1"}
    found = ask(deal(), body | {"needs": [{"feature": "webhooks"}]}, context())
    assert isinstance(found, Appended)
    assert found.entries[0].body["needs"] == [{"feature": "webhooks", "horizon_months": 12}]


@pytest.mark.parametrize(
    ("feature", "text", "sentence"),
    [
        (
            "advanced_automation",
            None,
            "説明された自動化は、Enterpriseワークフロー機能に最適です。",
        ),
        (
            "compliance_certs",
            None,
            "言及されたセキュリティ要件は、Enterpriseセキュリティパッケージが対処するものそのものです。",
        ),
        (
            "webhooks",
            "x" * 41,
            "説明されたwebhookは、Enterpriseワークフロー機能に最適です。",
        ),
        (
            "webhooks",
            "即時の通知",
            "説明された即時の通知は、Enterpriseワークフロー機能に最適です。",
        ),
    ],
)
def test_r_133_a_sentence_for_each_gap(feature: str, text: str | None, sentence: str) -> None:
    told = needing(feature, **({"text": text} if text else {}))
    assert said(3, deal(), context(told=told)) == [sentence]


def test_r_134_only_the_features_that_they_need() -> None:
    told = needing("webhooks", "compliance_certs", "sso").told(
        "feature.gated", feature="premium_api"
    )
    assert said(4, deal(), context(told=told)) == [
        "Enterpriseプランを見ましたか?彼らが説明しているものが正確に含まれています。",
        "コンプライアンス認証",
        "webhook",
    ]
    state = answered(deal(), *LISTENED)
    assert lacks(4, state, context(told=told)) == ["step.3"]
    assert lacks(4, done(state, 3), context(told=told)) == []


def test_r_135_what_shows_these_features() -> None:
    told = needing("webhooks")
    features = {
        key: replace(one, assets=(Asset("demo", Text(f"{key} tour", f"{key}を見る"), f"/{key}"),))
        for key, one in told.catalog.features.items()
    }
    told = replace(told, catalog=replace(told.catalog, features=features))
    assert said(5, deal(), context(told=told)) == ["webhooksを見る: /webhooks"]
    assert lacks(5, deal(), context(told=told)) == ["asset"]
    shown = having(deal(), "asset", kind="demo", title="A tour")
    assert lacks(5, shown, context(told=told)) == []


def test_r_136_an_objection_that_waits_for_an_answer_blocks_the_end() -> None:
    seen, step = context(), {"kind": "trial", "owner": "u7", "due": "2025-09-16"}
    state = having(deal(), "next_step", **step)
    assert lacks(7, state, seen) == ["objection"]
    asked = having(state, "objection", objection="none")
    assert lacks(7, asked, seen) == []
    state = having(state, "objection", objection="too_expensive")
    assert lacks(7, state, seen) == ["objection"]
    assert lacks(8, state, seen) == ["step.7"]
    state = having(state, "reply", objection=state.entries[-1].id, channel="call", text="x")
    assert lacks(7, state, seen) == []
    assert lacks(8, done(state, 7), seen) == []
    late = having(done(asked, 7), "next_step", **step | {"due": "2025-09-15"})
    assert lacks(8, late, seen) == ["next_step"]


def test_r_137_two_steps_are_always_taken() -> None:
    for step in range(1, 9):
        body = {"type": "step", "step": step, "status": "skipped", "reason": "No time."}
        found = ask(deal(), body, context())
        assert isinstance(found, Refused if step in (7, 8) else Appended)
        without = ask(deal(), body | {"reason": None}, context())
        assert isinstance(without, Refused)
        assert (without.status, without.faults[0].path) == (422, "/reason")
    skipped = having(deal(), "step", step=3, status="skipped", reason="No time.")
    assert lacks(4, skipped, context()) == ["step.3"], "it answers nothing"


def test_r_138_three_questions_and_the_feature_that_they_use_most() -> None:
    seen = replace(context(), most_used="sso")
    discovery = steps.shown(answered(deal(), "discovery.1"), seen)["discovery"]
    assert [(one["text"], one["suggestion"]) for one in discovery] == [
        ("現在の課題は何ですか?", None),
        ("どの機能を最も使っていますか?", "SSO"),
        ("今後やりたいことはありますか?", None),
    ]
    assert [one["answer"] and one["answer"]["text"] for one in discovery] == ["Yes.", None, None]
