"""Every flag that a report raises has words in both languages."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.trigger.process.figures.answer import Flag
from services.trigger.process.reports import amounts
from services.trigger.reports.words import flags_shown, pruned, totals_shown
from shared.wording.texts import reports as texts

SOURCES = sorted(Path(amounts.__file__).parent.glob("*.py"))
SAID: dict[str, tuple[dict[str, object], str, str]] = {
    "upselling_poor_fit": ({"upgraded": 75, "others": 80}, "75%", "75%"),
    "single_digit_upgrade_rate": ({"percent": 7, "accounts": 40}, "7%", "7%"),
    "costs_unknown": ({}, "policy.costs", "policy.costs"),
    "handoff_over_objections": ({"handoff": 4, "objection": 3}, "4件", "(4)"),
    "revenue_over_satisfaction": ({"play": None, "delta": -1, "n": 5}, "全体", "play: all"),
}


def test_every_flag_has_words() -> None:
    raised = {
        name for path in SOURCES for name in re.findall(r'Flag\(\s*"(\w+)"', path.read_text())
    }
    assert raised == SAID.keys()
    assert raised | {"pruned"} == texts.FLAGS.keys()


@pytest.mark.parametrize("flag", SAID)
def test_a_flag_is_said_in_the_readers_language(flag: str) -> None:
    variables, ja, en = SAID[flag]
    (japanese,), (english,) = (
        flags_shown([Flag(flag, variables)], lang) for lang in ("ja-JP", "en")
    )
    assert ja in japanese["reason"]
    assert en in english["reason"]


def test_what_is_not_kept_any_more() -> None:
    march, may = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 5, 1, tzinfo=UTC)
    found = pruned(march, {"decisions": may, "facts": march})
    assert [one["reason"] for one in flags_shown(found, "en")] == [
        "decisions from before 2025-05-01 are no longer kept"
    ]
    assert [one["reason"] for one in flags_shown(found, "ja")] == [
        "判断は2025-05-01より前のものが残っていません。"
    ]


def test_only_a_verdict_is_put_into_words() -> None:
    assert totals_shown({"conclusive": True, "verdict": None}, "ja")["verdict"] is None
    assert totals_shown({"accounts": 1}, "ja") == {"accounts": 1}
