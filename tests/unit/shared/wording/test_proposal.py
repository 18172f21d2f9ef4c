"""Notice and proposal together, proposals alone, the value in figures, and the linter for bare
prices (R-030..R-034, R-110..R-114).
"""

from typing import Any

import msgspec
import pytest

from shared.messages.facts import PriceStepFacts
from shared.wording import price_text
from tests.support.catalogs import catalog
from tests.support.prices import price_only
from tests.support.texts import inbox_text, mail_text
from tests.support.told import GB, SENDER, dollars, offered, said, told, yen

CASE, GLOBAL, JP = catalog("case"), catalog("global"), catalog("jp")
UNSUBSCRIBE = "https://usage.example.com/v1/unsubscribe/t0ken"

GOOD = said(
    "value.good",
    activity={"ja": "データ分析", "en": "data analysis"},
    hours="20",
    benefit=yen(60000),
)
NET = said(
    "roi.net",
    activity={"ja": "データ分析", "en": "data analysis"},
    hours="20",
    rate=yen(3000),
    benefit=yen(60000),
    diff=yen(20000),
    net=yen(40000),
)
ROI = said(
    "roi.usd",
    activity={"ja": "手動レポート作成", "en": "manual report creation"},
    hours="10",
    members=5,
    rate=dollars(50),
    week=dollars(2500),
    year=dollars(130000),
    cost=dollars(15000),
    multiple=8,
)


def aozora(used: int, threshold: int, **changes: Any) -> dict[str, Any]:
    return told(
        CASE,
        "basic",
        "storage",
        used,
        threshold=threshold,
        proposal=offered(CASE, "basic", "storage"),
        sender=SENDER,
        **changes,
    )


def sakura(**changes: Any) -> dict[str, Any]:
    """A proposal without a meter: renewal and a high NPS."""
    facts = told(JP, "standard", "storage", 0, threshold=None, name="Sakura")
    renewal = [said("renewal.one_month"), said("nps.promoter"), GOOD, NET]
    return facts | {
        "meter": None,
        "sender": SENDER,
        "proposal": offered(JP, "standard", **{"sentences": renewal, **changes}),
    }


def test_r_030_ninety_percent_says_the_sentence_after_the_notice() -> None:
    shown = inbox_text("usage.threshold", "notice", aozora(9 * GB, 90), "owner", "ja-JP")
    sentence = "ストレージ容量が90%に達しました。大容量プランへのアップグレードをご検討ください"
    assert f"{sentence}。" in shown.body.split("\n")
    assert (
        shown.body.index("9 GB/10 GB (90%)")
        < shown.body.index("担当のKatoさん")
        < shown.body.index(sentence)
    )


def test_r_031_eighty_percent_offers_the_next_plan_with_its_price() -> None:
    shown = inbox_text("usage.threshold", "notice", aozora(8 * GB, 80), "owner", "ja-JP")
    for part in ("80%", "大容量プラン", "月額3,000円", "ストレージ容量が80%に達しました。"):
        assert part in shown.body
    assert shown.action is not None
    assert shown.action.url.startswith("https://app.example.com/billing/upgrade")
    assert shown.severity == "info"


def test_r_032_ninety_five_percent_of_the_users_has_words_of_its_own() -> None:
    facts = told(
        GLOBAL,
        "pro",
        "seats",
        24,
        threshold=95,
        name="Kitsune",
        proposal=offered(GLOBAL, "pro", "seats", self_serve=False),
    )
    shown = inbox_text("usage.threshold", "notice", facts, "owner", "ja")
    assert (
        "ユーザー制限の95%に達しています。壁にぶつかる前に、無制限ユーザーのEnterpriseについて話しませんか?"
        in shown.body
    )
    assert "24/25 (96%)" in shown.body
    assert shown.action is None
    lower = told(GLOBAL, "pro", "seats", 23, threshold=90, proposal=offered(GLOBAL, "pro", "seats"))
    body = inbox_text("usage.threshold", "notice", lower, "owner", "ja").body
    assert "ユーザーが90%に達しました。" in body
    assert "壁にぶつかる前に" not in body


@pytest.mark.parametrize("threshold", [100, 120, {"at": str(9 * GB)}])
def test_there_is_no_wall_to_come_at_the_limit_or_for_an_amount(threshold: Any) -> None:
    body = inbox_text("usage.threshold", "notice", aozora(10 * GB, threshold), "owner", "ja").body
    assert "壁にぶつかる前に" not in body
    assert "に達しました。大容量プランへのアップグレードをご検討ください" in body


def test_r_034_the_meter_that_is_short_and_what_the_next_plan_gives_of_it() -> None:
    shown = inbox_text("usage.threshold", "notice", aozora(9 * GB, 90), "owner", "ja")
    assert (
        "大容量プランでは、ストレージ容量の上限が10 GBから100 GBになります(月額3,000円)。"
        in shown.body
    )
    assert "core" not in shown.body
    english = inbox_text("usage.threshold", "notice", aozora(9 * GB, 90), "owner", "en").body
    assert (
        "The High Capacity plan raises the limit for storage from 10 GB to 100 GB (¥3,000 a month)."
        in english
    )


def step(
    price: int, difference: int | None, interval: str = "month", currency: str = "USD"
) -> dict[str, Any]:
    shown = None if difference is None else str(difference)
    return {"interval": interval, "price": str(price), "difference": shown, "currency": currency}


@pytest.mark.parametrize(
    ("found", "japanese", "english"),
    [
        (step(500, 451), "月額$500(差額 +$451)", "$500 a month ($451 more)"),
        (step(6000, 5412, "year"), "年額$6,000(差額 +$5,412)", "$6,000 a year ($5,412 more)"),
        (
            step(3000, 2000, currency="JPY"),
            "月額3,000円(差額 +2,000円)",
            "¥3,000 a month (¥2,000 more)",
        ),
        (
            step(50_000, 20_000, currency="JPY"),
            "月額5万円(差額 +2万円)",
            "¥50,000 a month (¥20,000 more)",
        ),
        (step(40, -9), "月額$40(差額 -$9)", "$40 a month ($9 less)"),
        (step(49, 0), "月額$49(差額なし)", "$49 a month (the same as now)"),
        (step(500, None), "月額$500", "$500 a month"),
    ],
)
def test_the_difference_stands_beside_the_price(
    found: dict[str, Any], japanese: str, english: str
) -> None:
    told = msgspec.convert(found, PriceStepFacts)
    assert (price_text(told, "ja-JP"), price_text(told, "en-GB")) == (japanese, english)


def test_the_difference_stands_in_the_offer_wherever_its_price_does() -> None:
    proposal = offered(GLOBAL, "starter", "storage", price_step=step(500, 451))
    facts = told(GLOBAL, "starter", "storage", 9 * GB, threshold=90, proposal=proposal)
    body = inbox_text("usage.threshold", "notice", facts, "owner", "en").body
    assert "from 10 GB to 100 GB ($500 a month, $451 more)." in body
    mail = mail_text("usage.threshold", "notice", facts, "Hanako", "owner", "ja", UNSUBSCRIBE)
    assert "100 GBになります(月額$500、差額 +$451)。" in mail.text
    renewing = sakura(price_step=step(50_000, 20_000, currency="JPY"))
    assert (
        "料金は月額5万円(差額 +2万円)です。"
        in inbox_text("upgrade.proposal", "proposal", renewing, "owner", "ja").body
    )


def test_r_110_a_price_never_stands_without_a_benefit_before_it() -> None:
    for facts in (aozora(9 * GB, 90), sakura(), sakura(sentences=[said("nps.promoter")])):
        for locale in ("ja", "en"):
            assert not price_only(
                inbox_text("upgrade.proposal", "proposal", facts, "owner", locale).body
            )
    body = inbox_text(
        "upgrade.proposal", "proposal", sakura(sentences=[said("nps.promoter")]), "owner", "ja"
    ).body
    assert "円" not in body


def test_r_111_and_r_112_the_inbox_says_the_benefit_and_the_mail_the_net() -> None:
    shown = inbox_text("upgrade.proposal", "proposal", sakura(), "owner", "ja")
    mail = mail_text("upgrade.proposal", "proposal", sakura(), "桜", "owner", "ja", UNSUBSCRIBE)
    good = (
        "プレミアムプランに移行すると、データ分析時間が月20時間削減でき、"
        "人件費換算で月6万円の効果が期待できます"
    )
    net = (
        "人件費(時給3,000円換算)で月6万円の効果が見込めます。プラン差額は月2万円のため、"
        "実質月4万円のプラスです"
    )
    assert good in shown.body
    assert "実質" not in shown.body
    assert net in mail.text
    assert net in mail.html
    assert good not in mail.text


def test_in_dollars_both_say_the_whole_calculation() -> None:
    facts = told(GLOBAL, "pro", "seats", 0, threshold=None, name="Hoshino") | {"meter": None}
    facts |= {"proposal": offered(GLOBAL, "pro", sentences=[ROI])}
    text = "年間$130,000です。Enterpriseアップグレードは年間$15,000の追加です。8倍のリターンです。"
    assert text in inbox_text("upgrade.proposal", "proposal", facts, "owner", "ja").body
    assert (
        text
        in mail_text("upgrade.proposal", "proposal", facts, "星野", "owner", "ja", UNSUBSCRIBE).text
    )


def test_r_114_what_is_assumed_is_named() -> None:
    assumed = sakura(value={"assumed": ["hourly_rate", "automation_rate"]})
    assert (
        "試算の前提: 時給、自動化率"
        in inbox_text("upgrade.proposal", "proposal", assumed, "owner", "ja").body
    )
    assert "Assumed in this estimate: hourly rate and share that is automated" in mail_text(
        "upgrade.proposal", "proposal", assumed, "Sakura", "owner", "en-GB", UNSUBSCRIBE
    ).text.replace(", and", " and")
    assert (
        "試算の前提"
        not in inbox_text(
            "upgrade.proposal", "proposal", sakura(value={"assumed": []}), "owner", "ja"
        ).body
    )


def test_bp_25_a_proposals_mail_ends_with_the_sender_and_where_to_refuse() -> None:
    for facts, kind in ((aozora(9 * GB, 90), "usage.threshold"), (sakura(), "upgrade.proposal")):
        text = mail_text(kind, "notice", facts, "花子", "owner", "ja", UNSUBSCRIBE).text
        ending = text.rsplit("\n--\n", 1)[1]
        for part in (*SENDER.values(), UNSUBSCRIBE):
            assert part in ending
        assert text.rstrip().endswith(UNSUBSCRIBE)


def test_a_plain_notices_mail_names_no_sender_and_no_way_to_refuse() -> None:
    facts = aozora(9 * GB, 90) | {"proposal": None}
    mail = mail_text("usage.threshold", "notice", facts, "花子", "owner", "ja", UNSUBSCRIBE)
    assert UNSUBSCRIBE not in mail.text + mail.html
    assert SENDER["name"] not in mail.text


def test_the_subject_is_the_fact_and_never_the_offer() -> None:
    """16 CFR 316.3: a subject that suggests an advertisement makes the whole mail commercial."""
    mail = mail_text(
        "usage.threshold", "notice", aozora(9 * GB, 90), "花子", "owner", "ja", UNSUBSCRIBE
    )
    assert mail.subject == "ストレージ容量: 上限の90%を使用しています (Aozora)"


def test_bp_16_where_nothing_can_be_bought_the_person_is_named_and_no_link() -> None:
    facts = aozora(9 * GB, 90)
    facts["proposal"] |= {"self_serve": False, "plan": facts["proposal"]["plan"] | {"price": None}}
    shown = inbox_text("usage.threshold", "notice", facts, "owner", "ja")
    assert shown.action is None
    assert "円" not in shown.body
    assert shown.body.endswith("ご希望の場合は、Katoさん(kato@example.com)までご連絡ください。")
