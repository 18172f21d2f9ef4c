"""A decision's gates in words, for `explain`, pages and tasks (R-079)."""

from typing import Any

import pytest

from services.trigger.judgement.pipeline import GATES
from shared.wording import gate_text, gate_title, result_text

TOKYO = "Asia/Tokyo"

BLOCKS: list[tuple[str, dict[str, Any], str]] = [
    (
        "dissatisfied",
        {
            "nps": 4,
            "nps_at": "2025-09-01T00:00:00Z",
            "open_bugs": ["t1", "t2"],
            "tickets": ["t1", "t2", "t3"],
            "clears_when": "…",
        },
        "NPS 4点(2025年9月1日)、重大な不具合2件が未解決、否定的な問い合わせ3件。"
        "より良い回答をいただくか、不具合や問い合わせが解決したら、再判断します。",
    ),
    (
        "new_contract",
        {"since": "2025-09-11T00:00:00Z", "retry_at": "2025-10-11T00:00:00Z"},
        "2025年9月11日に契約が始まったばかりです。2025年10月11日に再判断します。",
    ),
    (
        "low_loyalty",
        {"active_days": 3, "low": 4, "clears_when": "…"},
        "直近30日の利用日数は3日です。利用が増えたら、再判断します。",
    ),
    (
        "low_loyalty",
        {"storage": {"percent": 12, "trend": -30}, "clears_when": "…"},
        "すべての使用量が少なく、減り続けています。利用が増えたら、再判断します。",
    ),
    (
        "not_adopted",
        {"used": 2, "offered": 10, "clears_when": "…"},
        "今のプランの機能10個のうち、直近30日に使われたのは2個です。今のプランの機能の利用が増えたら、再判断します。",
    ),
    (
        "cancel_intent",
        {"at": "2025-09-15T16:00:00Z", "reason": None, "retry_at": "2025-12-14T16:00:00Z"},
        "2025年9月16日に解約の意向が示されました。2025年12月15日に再判断します。",
    ),
    (
        "top_plan",
        {"plan": "enterprise", "clears_when": "…"},
        "すでに最上位のプランです。上のプランができたら、再判断します。",
    ),
    (
        "fit",
        {"needs": ["phone_support"], "clears_when": "…"},
        "ご要望(phone_support)に応えるプランがありません。次のプランで解決する課題が確認されたら、再判断します。",
    ),
    (
        "recommendation",
        {
            "plan": "business",
            "begins_at": "2025-09-30T15:00:00Z",
            "retry_at": "2025-09-30T15:00:00Z",
        },
        "次の契約が2025年10月1日に始まることが決まっています。2025年10月1日に再判断します。",
    ),
    (
        "frequency_cap",
        {"sent": [], "retry_at": "2025-09-30T00:00:00Z"},
        "最近の提案がすでに上限の回数に達しています。2025年9月30日に再判断します。",
    ),
    (
        "frequency_cap",
        {"off": True, "clears_when": "…"},
        "提案を行わない設定です。提案を行う設定に変わったら、再判断します。",
    ),
    (
        "holdout",
        {"percent": 10, "clears_when": "…"},
        "測定のため提案を控える対照群です(お知らせは送ります)。対照群の期間が終わるまで提案しません。",
    ),
]


@pytest.mark.parametrize(("gate", "evidence", "expected"), BLOCKS)
def test_why_not_in_japanese(gate: str, evidence: dict[str, Any], expected: str) -> None:
    assert (
        gate_text(
            {"gate": gate, "result": "block", "reason": "in English", "evidence": evidence},
            "ja-JP",
            TOKYO,
        )
        == expected
    )


def test_why_not_in_english_is_the_reason_and_what_ends_it() -> None:
    dated = {
        "gate": "new_contract",
        "result": "block",
        "reason": "contract since 2025-09-11",
        "evidence": {"retry_at": "2025-10-11T00:00:00Z"},
    }
    assert (
        gate_text(dated, "en-US", TOKYO)
        == "contract since 2025-09-11; decided again on October 11, 2025"
    )
    waiting = {
        "gate": "fit",
        "result": "block",
        "reason": "no need",
        "evidence": {"clears_when": "a need is recorded"},
    }
    assert gate_text(waiting, "en", TOKYO) == "no need; decided again when a need is recorded"


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("result", ["pass", "skip", "block"])
@pytest.mark.parametrize("gate", GATES.names)
def test_every_gate_has_words_for_every_result(gate: str, result: str, locale: str) -> None:
    """Also with evidence that is not there: an old decision must stay readable."""
    assert gate_title(gate, locale) != gate
    assert result_text(result, locale)
    stored = {"gate": gate, "result": result, "reason": "as it was stored", "evidence": {}}
    try:
        text = gate_text(stored, locale)
    except ValueError as fault:
        pytest.fail(f"{gate} {result} cannot be said without evidence: {fault}")
    assert text


def test_a_gate_that_has_no_words_yet_is_shown_by_its_name_and_reason() -> None:
    new = {"gate": "brand_new", "result": "block", "reason": "too_new: wait", "evidence": {}}
    assert gate_title("brand_new", "ja") == "brand_new"
    assert gate_text(new, "ja") == "too_new: wait。"
