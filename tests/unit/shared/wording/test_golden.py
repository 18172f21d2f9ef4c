"""Whole messages as their readers get them, in files: tests/golden/messages/*.txt. A change of
words is a change of these files.
"""

from typing import Any

import pytest

from tests.support import golden
from tests.support.catalogs import catalog
from tests.support.texts import inbox_text, mail_text, task_text
from tests.support.told import GB, SENDER, offered, said, told
from tests.unit.shared.wording.test_notice import PACK
from tests.unit.shared.wording.test_proposal import ROI, UNSUBSCRIBE, aozora, sakura, step

CASE, GLOBAL, JP = catalog("case"), catalog("global"), catalog("jp")


def _hoshino() -> dict[str, Any]:
    asked = said(
        "scenario.advanced_feature",
        feature={"ja": "高度な分析", "en": "advanced analytics"},
        count=3,
    )
    proposal = offered(GLOBAL, "pro", sentences=[asked, ROI], value={"assumed": ["hourly_rate"]})
    return told(GLOBAL, "pro", "seats", 0, threshold=None, name="Hoshino") | {
        "meter": None,
        "sender": SENDER,
        "proposal": proposal,
    }


BRAND = {"name": {"en": "Aozora Cloud", "ja": "青空クラウド"}, "logo": None, "color": "#0f766e"}


def _hard() -> dict[str, Any]:
    facts = told(GLOBAL, "starter", "storage", 10 * GB, threshold=100, name="Ume", add_on=PACK)
    facts["meter"]["enforcement"] = "hard"
    return facts


def _beside() -> dict[str, Any]:
    """What is sold beside the plan solves it for less."""
    proposal = offered(
        GLOBAL, "starter", "storage", price_step=step(10, None), limit=str(30 * GB)
    ) | {"plan": None, "add_on": PACK}
    return told(
        GLOBAL,
        "starter",
        "storage",
        8_500_000_000,
        threshold=80,
        proposal=proposal,
        sender=SENDER,
        name="Acme",
    )


MESSAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "aozora-80": ("usage.threshold", aozora(8 * GB, 80)),
    "aozora-90": ("usage.threshold", aozora(9 * GB, 90)),
    "tanuki-95-notice-only": (
        "usage.threshold",
        told(GLOBAL, "pro", "storage", 95 * GB, threshold=95, name="Tanuki"),
    ),
    "nagi-100-notice-only": (
        "usage.threshold",
        told(JP, "standard", "api_calls", 103_000, threshold=100, name="Nagi"),
    ),
    "again-90": (
        "usage.threshold",
        told(GLOBAL, "starter", "seats", 9, threshold=90, limit="10", percent=90, again=True),
    ),
    "absolute-on-unlimited": (
        "usage.threshold",
        told(GLOBAL, "enterprise", "storage", 9 * GB, threshold={"at": str(9 * GB)}, name="Ume"),
    ),
    "gated": (
        "feature.gated",
        told(GLOBAL, "starter", "api_calls", 3, threshold=None, limit="0", percent=None),
    ),
    "resolved": ("usage.resolved", told(CASE, "basic", "storage", 5 * GB, threshold=90)),
    "branded-85": (
        "usage.threshold",
        told(GLOBAL, "starter", "api_calls", 8_500, threshold=80, name="Kitsune", brand=BRAND),
    ),
    "add-on-beside": ("usage.threshold", _beside()),
    "hard-100": ("usage.threshold", _hard()),
    "sakura-renewal": ("upgrade.proposal", sakura()),
    "hoshino-value": ("upgrade.proposal", _hoshino()),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_the_message_reads_as_agreed(name: str) -> None:
    kind, facts = MESSAGES[name]
    pages = []
    for locale in ("ja-JP", "en-US"):
        for role in ("owner", "member"):
            shown = inbox_text(kind, "notice", facts, role, locale)
            action = f"\n\n[{shown.action.label}] {shown.action.url}" if shown.action else ""
            pages.append(
                f"===== in the app, {role}, {locale}, {shown.severity} =====\n{shown.title}\n\n"
                f"{shown.body}{action}"
            )
        mail = mail_text(kind, "notice", facts, "青空 花子", "owner", locale, UNSUBSCRIBE)
        pages.append(f"===== mail, owner, {locale} =====\nSubject: {mail.subject}\n\n{mail.text}")
    golden.matches(f"messages/{name}.txt", "\n\n".join(pages))


def test_the_mails_html_reads_as_agreed() -> None:
    for locale in ("ja-JP", "en-US"):
        mail = mail_text(
            "usage.threshold",
            "notice",
            aozora(9 * GB, 90),
            "青空 花子",
            "owner",
            locale,
            UNSUBSCRIBE,
        )
        golden.matches(f"messages/aozora-90.{locale}.html", mail.html)


TASKS: dict[str, dict[str, Any]] = {
    "tanuki": told(
        GLOBAL,
        "pro",
        "storage",
        95 * GB,
        threshold=95,
        name="Tanuki",
        task={
            "happened": [said("signal.usage_limit"), said("signal.usage")],
            "why_now": [said("why.before_wall")],
            "say": [said("roi.together")],
            "do_not_say": [said("avoid.upgrade", reason="NPS 4 (2025-09-01)")],
            "next_step": [said("remedy.support_reinforcement", due="2025-09-18T00:00:00Z")],
        },
    ),
    "kitsune": told(
        GLOBAL,
        "pro",
        "seats",
        24,
        threshold=95,
        name="Kitsune",
        task={
            "happened": [
                said("signal.usage_limit"),
                said("signal.usage"),
                said("signal.team_growth", count=10, role="sales"),
            ],
            "why_now": [said("why.before_wall"), said("signal.nps_high", score=10)],
            "say": [
                said(
                    "usage.users.95",
                    plan={"name": {"en": "Enterprise", "ja": "Enterprise"}},
                    limit=None,
                ),
                said(
                    "scenario.team_growth",
                    count=10,
                    role="sales",
                    plan={"name": {"en": "Enterprise", "ja": "Enterprise"}},
                    limit=None,
                    **{"from": {"en": "Pro", "ja": "Pro"}},
                ),
            ],
            "do_not_say": [said("avoid.claims"), said("avoid.price_first")],
            "next_step": [
                said("next.discovery", questions=["予算サイクル", "承認プロセス", "支出権限"])
            ],
        },
    ),
    "only-usage": told(GLOBAL, "starter", "api_calls", 9_600, threshold=95, name="Acme"),
}


@pytest.mark.parametrize("name", TASKS)
def test_the_task_has_five_lines(name: str) -> None:
    pages = []
    for locale, heads in (
        ("ja-JP", ("起きたこと", "なぜ今", "伝えること", "言わないこと", "次の一歩")),
        ("en-US", ("What happened", "Why now", "Say", "Do not say", "Next step")),
    ):
        task = task_text(TASKS[name], locale)
        lines = task.body.split("\n")
        assert [line.split(": ", 1)[0] for line in lines] == list(heads)
        assert all(line.split(": ", 1)[1] for line in lines)
        pages.append(f"===== task, {locale} =====\n{task.subject}\n\n{task.body}\n")
    golden.matches(f"tasks/{name}.txt", "\n".join(pages))
