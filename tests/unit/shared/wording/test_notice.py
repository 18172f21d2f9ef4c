"""The usage notice: facts, consequence, two options, and nothing that sells (R-033, R-036, BP-11,
BP-12).
"""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.values.roles import BUYERS
from shared.wording import severity
from tests.support.catalogs import catalog
from tests.support.texts import inbox_text, mail_text, task_text
from tests.support.told import GB, offered, told

CASE, GLOBAL, JP = catalog("case"), catalog("global"), catalog("jp")
ROLES = [*sorted(BUYERS), "member"]
PLAN_NAMES = {
    name
    for of in (CASE, GLOBAL, JP)
    for plan in of.plans.values()
    for name in (plan.name.en, plan.name.ja, plan.id)
}
SELLING = {
    "プラン",
    "アップグレード",
    "円",
    "¥",
    "$",
    "月額",
    "年額",
    "plan",
    "upgrade",
    "price",
    "buy",
    "purchase",
    "billing/",
    "購入",
    "ご検討",
    "提案",
}

amounts = st.decimals(min_value=0, max_value=10**15, places=2)
thresholds = st.one_of(
    st.integers(1, 1000),
    st.builds(
        lambda name, amount: {name: str(amount)},
        st.sampled_from(["at", "per_hour"]),
        st.integers(1, 10**12),
    ),
)


def everything(kind: Any, facts: dict[str, Any], role: str, locale: str) -> str:
    """All that a reader is shown, wherever."""
    shown = inbox_text(kind, "notice", facts, role, locale)
    mail = mail_text(kind, "notice", facts, "Hanako", role, locale)
    action = "" if shown.action is None else f"{shown.action.label} {shown.action.url}"
    return "\n".join(
        (
            shown.title,
            shown.body,
            action,
            *shown.options,
            shown.consequence,
            mail.subject,
            mail.text,
            mail.html,
        )
    )


@given(
    kind=st.sampled_from(["usage.threshold", "feature.gated", "usage.resolved"]),
    used=amounts,
    limit=st.one_of(st.none(), amounts),
    threshold=thresholds,
    percent=st.one_of(st.none(), st.integers(0, 2000)),
    again=st.booleans(),
    hard=st.booleans(),
    meter=st.sampled_from(["seats", "storage", "api_calls"]),
    owner=st.sampled_from([None, {"name": "Kato"}, {"name": "Kato", "email": "kato@example.com"}]),
    role=st.sampled_from(ROLES),
    locale=st.sampled_from(["ja-JP", "en-US", "en-GB", "de"]),
)
def test_r_036_a_notice_that_proposes_nothing_names_no_plan_no_price_no_upgrade(
    kind: str,
    used: Decimal,
    limit: Decimal | None,
    threshold: Any,
    percent: int | None,
    again: bool,
    hard: bool,
    meter: str,
    owner: Any,
    role: str,
    locale: str,
) -> None:
    facts = told(
        GLOBAL,
        "starter",
        meter,
        str(used),
        threshold=threshold,
        percent=percent,
        again=again,
        owner=owner,
    )
    facts |= {"limit": None if limit is None else str(limit)}
    facts["meter"]["enforcement"] = "hard" if hard else "soft"
    text = everything(kind, facts, role, locale).lower()
    found = {word for word in PLAN_NAMES | SELLING if word.lower() in text}
    assert not found


@given(
    limit=st.integers(1, 10**15),
    missing=st.integers(1, 10**6),
    threshold=st.one_of(
        st.integers(1, 99), st.builds(lambda at: {"at": str(at)}, st.integers(1, 10**12))
    ),
    meter=st.sampled_from(["seats", "storage", "api_calls"]),
    hard=st.booleans(),
    locale=st.sampled_from(["ja-JP", "en-US"]),
)
def test_what_is_not_full_reads_full_nowhere(
    limit: int, missing: int, threshold: Any, meter: str, hard: bool, locale: str
) -> None:
    used = max(limit - missing, 0)
    facts = told(
        GLOBAL,
        "starter",
        meter,
        0,
        threshold=threshold,
        limit=str(limit),
        percent=used * 100 // limit,
    ) | {"used": str(used)}
    facts["meter"]["enforcement"] = "hard" if hard else "soft"
    shown = inbox_text("usage.threshold", "notice", facts, "owner", locale)
    text = f"{shown.title}\n{shown.body}"
    assert "100%" not in text
    assert not re.search(r"(?<![\d.,])([\d.,]+(?: [kMGTP]?B)?)/\1(?![\d.,])", text)
    assert not re.search(r"(?<![\d.,])([\d.,]+(?: [kMGTP]?B)?) of \1 used", text)


@given(
    role=st.sampled_from(ROLES),
    locale=st.sampled_from(["ja", "en"]),
    used=st.integers(0, 10**6),
    percent=st.integers(80, 1000),
)
def test_there_are_always_two_options(role: str, locale: str, used: int, percent: int) -> None:
    facts = told(
        GLOBAL, "starter", "api_calls", used, threshold=100, percent=percent, owner=None, admin=None
    )
    shown = inbox_text("usage.threshold", "notice", facts, role, locale)
    assert len(shown.options) >= 2
    assert all(option in shown.body for option in shown.options)
    assert shown.consequence in shown.body


def test_r_033_at_the_limit() -> None:
    facts = told(GLOBAL, "starter", "api_calls", 10_000, threshold=100)
    shown = inbox_text("usage.threshold", "notice", facts, "owner", "ja")
    assert shown.title == "API呼び出し: 上限(100%)に達しました"
    assert "10,000/10,000 (100%)" in shown.body
    assert "次の期間は2025年10月1日 9:00 (JST)に始まり、使用量は0に戻ります。" in shown.body.split(
        "\n"
    )
    assert shown.consequence == "このままご利用いただけます。上限を超えた使用量は記録されます。"
    assert shown.options == (
        "次の期間が始まるまで使用を控える",
        "担当のKatoさん(kato@example.com)に相談する",
    )
    assert shown.severity == "critical"
    assert shown.action is None


PACK = {
    "id": "storage_pack",
    "name": {"en": "Extra storage", "ja": "追加ストレージ"},
    "quantity": 2,
    "unit": None,
}


def test_an_add_on_is_a_way_out_by_its_name_alone() -> None:
    """To those who may buy; not where it stands below as an offer."""
    facts = told(GLOBAL, "starter", "storage", 10 * GB, threshold=100, add_on=PACK)
    assert (
        inbox_text("usage.threshold", "notice", facts, "owner", "ja").options[1]
        == "追加ストレージを追加する"
    )
    assert inbox_text("usage.threshold", "notice", facts, "billing_admin", "en").options == (
        "Use less: remove what you no longer need",
        "Add Extra storage",
        "Ask Kato (kato@example.com)",
    )
    shown = everything("usage.threshold", facts, "owner", "en") + everything(
        "usage.threshold", facts, "owner", "ja"
    )
    assert not {word for word in PLAN_NAMES | SELLING if word.lower() in shown.lower()}
    assert len(inbox_text("usage.threshold", "notice", facts, "member", "ja").options) == 2
    offering = facts | {"proposal": offered(GLOBAL, "starter", "storage")}
    assert len(inbox_text("usage.threshold", "notice", offering, "owner", "ja").options) == 2


def test_bp_11_a_member_asks_the_administrator_by_name_and_sees_no_link_to_buy() -> None:
    facts = told(
        CASE, "basic", "storage", 9 * GB, threshold=90, proposal=offered(CASE, "basic", "storage")
    )
    text = everything("usage.threshold", facts, "member", "ja")
    assert "管理者の青空 花子さんに相談する" in text
    assert "billing/upgrade" not in text
    assert "大容量" not in text
    assert "kato@example.com" not in text


def test_bp_12_the_mail_holds_every_field_of_a_notice() -> None:
    facts = told(GLOBAL, "starter", "api_calls", 9_600, threshold=95, name="Kitsune")
    mail = mail_text("usage.threshold", "notice", facts, "Hanako", "owner", "en-US")
    for part in (
        "Kitsune",
        "API calls",
        "9,600/10,000 (96%)",
        "October 1, 2025",
        "You have passed 95% of your limit of 10,000.",
        "You can keep working; usage above the limit is recorded.",
        "Use less until",
        "Ask Kato",
    ):
        assert part in mail.text
        assert part in mail.html
    assert "https://app.example.com/usage" in mail.text


def test_a_crossing_of_a_raised_limit_says_again() -> None:
    facts = told(
        GLOBAL, "starter", "api_calls", 99, threshold=90, limit="110", percent=90, again=True
    )
    assert (
        inbox_text("usage.threshold", "notice", facts, "owner", "en").title
        == "API calls: again at 90% of the new limit"
    )
    assert (
        inbox_text("usage.threshold", "notice", facts, "owner", "ja").title
        == "API呼び出し: 再び新しい上限の90%に達しました"
    )


def test_an_absolute_threshold_is_named_by_its_amount() -> None:
    facts = told(CASE, "basic", "storage", 9 * GB, threshold={"at": str(9 * GB)})
    shown = inbox_text("usage.threshold", "notice", facts, "owner", "en")
    assert shown.title == "Storage: 9 GB of 10 GB used"
    assert shown.severity == "warning"


@pytest.mark.parametrize(
    ("used", "locale", "title", "body"),
    [
        (
            120,
            "en",
            "API calls: 120 used within an hour",
            "You have passed 100 an hour.",
        ),
        (
            100,
            "en",
            "API calls: 100 used within an hour",
            "You have reached 100 an hour.",
        ),
        (120, "ja", "API呼び出し: 1時間で120を使用しています", "1時間あたり100を超えました。"),
    ],
)
def test_bp_17_a_rate_is_told_of_its_hour(used: int, locale: str, title: str, body: str) -> None:
    """No bar, no limit, no next period; nothing stops."""
    facts = told(GLOBAL, "starter", "api_calls", used, threshold={"per_hour": "100"})
    facts |= {"limit": None, "percent": None}
    shown = inbox_text("usage.threshold", "notice", facts, "owner", locale)
    assert (shown.title, shown.severity) == (title, "info")
    assert body in shown.body
    mail = mail_text("usage.threshold", "notice", facts, "Hanako", "owner", locale)
    for word in ("unlimited", "無制限", "no limit", "上限", "next period", "次の期間"):
        assert word not in "\n".join((shown.body, shown.consequence, *shown.options, mail.text))


def test_what_is_not_in_the_contract_is_said_so() -> None:
    facts = told(GLOBAL, "starter", "api_calls", 3, threshold=None, limit="0", percent=None)
    shown = inbox_text("feature.gated", "notice", facts, "owner", "ja")
    assert shown.title == "API呼び出し: ご契約に含まれていません"
    assert "API呼び出し: 3\n" in shown.body
    assert "%" not in shown.body
    assert shown.severity == "info"


@pytest.mark.parametrize(
    ("hard", "end"), [("api_calls", "次の期間が始まるまで、"), ("seats", "これ以上は")]
)
def test_a_hard_limit_says_until_when_nothing_more_goes(hard: str, end: str) -> None:
    facts = told(GLOBAL, "starter", hard, 10_000, threshold=100)
    facts["meter"]["enforcement"] = "hard"
    assert (
        inbox_text("usage.threshold", "notice", facts, "owner", "ja").consequence
        == f"{end}ご利用いただけません。"
    )


@pytest.mark.parametrize(
    ("threshold", "limit", "expected"),
    [
        (1, "100", "info"),
        (89, "100", "info"),
        (90, "100", "warning"),
        (94, "100", "warning"),
        (95, "100", "critical"),
        (1000, "100", "critical"),
        (Decimal(89), "100", "info"),
        (Decimal("89.9"), "100", "info"),
        (Decimal(90), "100", "warning"),
        (Decimal(95), "100", "critical"),
        (Decimal(95), None, "info"),
        (Decimal(95), "0", "info"),
        (None, "100", "info"),
    ],
)
def test_severity_follows_the_threshold(
    threshold: int | Decimal | None, limit: str | None, expected: str
) -> None:
    assert severity(threshold, None if limit is None else Decimal(limit)) == expected


def test_a_name_cannot_start_a_header_of_its_own() -> None:
    facts = told(
        CASE,
        "basic",
        "storage",
        9 * GB,
        threshold=90,
        name="Evil\r\nBcc: all@example.com\x00\u2028x",
    )
    mail = mail_text("usage.threshold", "notice", facts, "Hanako", "owner", "ja")
    assert mail.subject.endswith("(Evil Bcc: all@example.com x)")
    assert mail.subject.isprintable()
    assert not {"\n", "\r", "\x00"} & set(task_text(facts, "ja").subject)


def test_names_are_escaped_in_html_and_plain_in_text() -> None:
    facts = told(CASE, "basic", "storage", 9 * GB, threshold=90, name="<b>A & B</b>")
    mail = mail_text("usage.threshold", "notice", facts, '"><script>', "owner", "en")
    assert "<script>" not in mail.html
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in mail.html
    assert "<b>A & B</b>" in mail.text
    assert '<html lang="en">' in mail.html


def test_a_link_that_is_no_web_address_is_left_out() -> None:
    facts = told(
        CASE,
        "basic",
        "storage",
        9 * GB,
        threshold=90,
        links={"upgrade": None, "usage": "javascript:alert(1)"},
    )
    mail = mail_text("usage.threshold", "notice", facts, "Hanako", "owner", "en")
    assert "javascript" not in mail.html + mail.text
