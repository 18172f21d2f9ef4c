"""ALR, and who may buy (R-003, R-005, R-030..R-036, BP-11, BP-12, BP-16, BP-25): messages as their
readers get them, from facts alone.
"""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from services.trigger.accounts import Contact, Person
from services.trigger.proposals.changes import Changes
from services.trigger.proposals.effects import rows
from shared.catalog import Catalog, catalog_document
from tests.support.catalogs import catalog, parsed
from tests.support.rulings import UNSUBSCRIBE, Told, crossed, heard
from tests.support.stories import NOW, Story, account, contact

GLOBAL = catalog("global")
GB = 10**9
KATO = Person("u7", "Kato", "kato@example.com")
SENDER = {
    "name": "青空クラウド株式会社",
    "address": "東京都千代田区1-1",
    "contact": "contact@vendor.example",
}
NINETY = "ストレージ容量が90%に達しました。大容量プランへのアップグレードをご検討ください"
OWNER_AND_MEMBER = (contact("c1", "owner"), contact("c2", "member"))


def case_catalog() -> Catalog:
    links = {
        "upgrade": "https://app.example.com/billing/upgrade?plan={plan}",
        "usage": "https://app.example.com/usage",
    }
    return parsed(
        catalog_document(catalog("case")) | {"links": links, "policy": {"sender": SENDER}}
    )


def aozora(**more: object) -> Story:
    return account(case_catalog(), "basic", csm=KATO, **more)  # type: ignore[arg-type]


def branded(story: Story) -> Story:
    brand = {"name": {"en": "Aozora Cloud", "ja": "青空クラウド"}}
    return replace(story, catalog=parsed(catalog_document(story.catalog) | {"brand": brand}))


def tanuki() -> Story:
    story = account(GLOBAL, "pro", since="2024-01-10", csm=KATO).told(
        "nps.responded", NOW - timedelta(days=15), score=4, contact="c1"
    )
    return story.tickets("bug", 3, NOW - timedelta(days=10)).tickets(
        "complaint", 2, NOW - timedelta(days=9)
    )


def test_r_003_from_the_entry_plan_one_goes_straight_to_the_checkout() -> None:
    (shown,) = crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90).inbox()
    assert shown.action is not None
    address = urlsplit(shown.action.url)
    assert (address.path, parse_qs(address.query)["plan"]) == ("/billing/upgrade", ["pro"])


def test_r_005_for_enterprise_the_named_owner_is_asked_and_there_is_no_checkout() -> None:
    """The sentence is the owner's to say: it stands in the task."""
    found = crossed(account(GLOBAL, "pro", csm=KATO), "seats", 24, 95)
    read = found.read_by("c1")
    assert "担当のKatoさん(kato@example.com)に相談する" in read
    assert "billing/upgrade" not in read
    assert all(shown.action is None for shown in found.inbox())
    (task,) = found.tasks()
    assert "無制限ユーザーのEnterpriseについて話しませんか?" in task
    assert "billing/upgrade" not in task


def test_r_030_ninety_percent_of_the_storage_to_the_letter() -> None:
    found = crossed(aozora(), "storage", 9 * GB, 90)
    (shown,) = found.inbox()
    (mail,) = found.mails()
    assert f"{NINETY}。" in shown.body.split("\n")
    assert f"{NINETY}。" in mail.split("\n")


def test_r_031_eighty_percent_offers_the_next_plan_without_anybody_acting() -> None:
    found = crossed(aozora(), "storage", 8 * GB, 80)
    assert found.decision.outcome == "proposal"
    (message,) = found.tells
    assert (message.kind, message.threshold, message.proposes) == ("usage.threshold", 80, "large")
    for part in (
        "80%",
        "大容量プラン",
        "月額3,000円",
        "ストレージ容量が80%に達しました。大容量プランへのアップグレードをご検討ください",
    ):
        assert part in found.read_by("c1")
    assert found.decision.route is not None
    assert int(found.decision.route.deal_value or 0) == 2_000 * 12


def test_r_032_ninety_five_percent_of_the_users_has_words_of_its_own_and_ninety_two_has_not() -> (
    None
):
    kitsune = account(GLOBAL, "pro", since="2024-03-16", csm=KATO)
    (task,) = crossed(kitsune, "seats", 24, 95).tasks()
    assert (
        "ユーザー制限の95%に達しています。壁にぶつかる前に、無制限ユーザーのEnterpriseについて話しませんか?"
        in task
    )
    assert "24/25 (96%)" in task
    (lower,) = crossed(kitsune, "seats", 23, 90).tasks()
    assert "壁にぶつかる前に" not in lower
    assert "ユーザーが90%に達しました。Enterpriseプランへのアップグレードをご検討ください" in lower


def test_r_033_at_the_limit_two_ways_out_stand_beside_the_figures() -> None:
    found = crossed(account(GLOBAL, "starter"), "api_calls", 10_000, 100)
    (shown,) = found.inbox()
    assert found.tells[0].cls == "notice"
    assert "10,000/10,000 (100%)" in shown.body
    assert "2025年10月1日" in shown.body
    assert shown.consequence
    assert len(shown.options) >= 2


def test_r_034_the_meter_that_is_short_and_nothing_else_of_the_plan() -> None:
    starter = crossed(account(GLOBAL, "starter"), "storage", 9 * GB, 90)
    read = starter.read_by("c1")
    assert "10 GB" in read
    assert "100 GB" in read
    for feature in (found.name.ja for found in GLOBAL.features.values()):
        assert feature not in read


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_r_036_the_unhappy_get_the_notice_without_a_word_of_selling(locale: str) -> None:
    found = crossed(tanuki(), "storage", 95 * GB, 95)
    assert len(found.mails()) == len(found.inbox()) == 1
    read = found.read_by("c1", locale).lower()
    assert "95%" in read
    for word in ("アップグレード", "upgrade", "enterprise", "プラン", "plan", "$", "円", "billing"):
        assert word not in read
    assert "dissatisfied" in found.decision.blocked_by


def test_bp_11_a_member_gets_no_mail_and_asks_the_administrator_in_the_app() -> None:
    found = crossed(aozora(contacts=OWNER_AND_MEMBER), "storage", 9 * GB, 90)
    assert len(found.mails("c1")) == 1
    assert found.mails("c2") == []
    (shown,) = found.inbox("c2")
    assert shown.action is None
    assert "管理者のowner c1さんに相談する" in shown.body
    assert "大容量" not in shown.body


def test_bp_12_a_notice_holds_the_figures_the_ways_out_and_both_links() -> None:
    (mail,) = crossed(account(GLOBAL, "pro", csm=KATO), "api_calls", 90_000, 90).mails()
    for part in (
        "Aozora",
        "API呼び出し",
        "90,000/100,000 (90%)",
        "上限100,000の90%",
        "2025年10月1日",
        "上限に達した後も",
    ):
        assert part in mail
    assert mail.count("\n・") >= 2
    assert "https://app.example.com/usage" in mail
    assert "お知らせの受け取り方は、製品内の通知の設定で変更できます" in mail


@pytest.mark.parametrize("plan", ["enterprise", "pro"])
def test_bp_16_who_cannot_buy_by_themselves_is_given_a_person_and_no_link(plan: str) -> None:
    """The top plan, whose limit is high and not endless here; and a plan that a person sells."""
    high = catalog_document(GLOBAL)
    high["plans"][2]["limits"]["seats"] = 100
    story = account(parsed(high), plan, csm=KATO)
    found = crossed(story, "seats", story.limit("seats") * 96 // 100, 95)  # type: ignore[operator]
    assert "billing/upgrade" not in found.read_by("c1")
    assert "kato@example.com" in found.read_by("c1")


def proposals(found: Told, contact: str = "c1") -> list[str]:
    return [mail for mail in found.mails(contact) if "アップグレード" in mail]


def test_bp_25_in_japan_one_mail_holds_both_and_ends_with_the_four_items() -> None:
    (mail,) = crossed(aozora(), "storage", 9 * GB, 90).mails()
    ending = mail.rsplit("\n--\n", 1)[1]
    assert NINETY in mail
    for item in (*SENDER.values(), UNSUBSCRIBE):
        assert item in ending


def test_bp_25_in_the_united_kingdom_there_are_two_mails() -> None:
    found = crossed(aozora(country="GB"), "storage", 9 * GB, 90)
    notice, proposal = found.mails()
    assert "アップグレード" not in notice
    assert UNSUBSCRIBE not in notice
    assert NINETY in proposal
    assert UNSUBSCRIBE in proposal


def test_bp_25_who_has_refused_gets_the_notice_and_no_proposal() -> None:
    refused = aozora().told("contact.unsubscribed", contact="c1")
    found = crossed(refused, "storage", 9 * GB, 90)
    assert len(found.mails()) == 1
    assert proposals(found) == []


def test_bp_24_on_friday_evening_the_notice_goes_at_once_and_the_proposal_on_monday_morning() -> (
    None
):
    """19:00 in Tokyo on Friday 2025-09-19; Monday 09:00 there is midnight UTC. A notice's mail lets
    a higher threshold take its place.
    """
    friday = NOW.replace(day=19, hour=10)
    found = crossed(aozora().at(friday), "storage", 9 * GB, 90)
    assert found.due() == {
        "usage.threshold": friday + timedelta(seconds=5),
        "upgrade.proposal": NOW.replace(day=22),
    }
    assert "アップグレード" not in found.mails()[0]


@pytest.mark.parametrize("people", [(), (contact("c2", "member"),)])
def test_where_nobody_may_buy_the_csm_gets_the_proposal_with_the_reason(
    people: tuple[Contact, ...],
) -> None:
    """The own plan decides about the route; but a proposal nobody can read is sent to nobody."""
    found = crossed(aozora(contacts=people), "storage", 9 * GB, 90)
    assert found.decision.outcome == "proposal"
    assert "no_buyer" in found.decision.answer("route").reason
    assert [
        tell.kind
        for tell in found.tells
        if tell.proposes or any(one.proposes for one in tell.recipients)
    ] == []
    (task,) = found.tasks()
    assert NINETY in task
    assert "購入できるご担当者が登録されていないため、お客様には送っていません" in task
    assert "大容量" not in "".join(found.read_by(one.id) for one in people)


def test_where_nobody_may_buy_a_promoter_is_the_csms_too_and_nothing_counts_as_sent() -> None:
    story = account(catalog("jp"), "standard", csm=KATO, contacts=()).told(
        "need.stated", feature="api_integration", said_by="x"
    )
    found = heard(story, "nps.responded", score=9)
    (task,) = found.tasks()
    assert "さらに活用いただける機能があります" in task
    assert "お客様には送っていません" in task
    into = Changes()
    rows.changes(found.ruling, into)
    assert [(one.channel, one.contacts) for one in into.proposals] == [("person", ())]
    assert [(one.owner["role"], one.owner["name"]) for one in into.opportunities] == [
        ("cs", "Kato")
    ]
    assert rows.after(found.ruling).facts.sent == ()


def test_the_brand_of_the_catalogue_stands_at_the_head_of_a_notice_and_of_a_lone_offer() -> None:
    for found in (
        crossed(branded(aozora()), "storage", 9 * GB, 90),
        heard(branded(promoter()), "nps.responded", score=9),
    ):
        mails = found.mails()
        assert mails
        assert all(mail.split("\n")[1] == "青空クラウド" for mail in mails)
    (plain,) = crossed(aozora(), "storage", 9 * GB, 90).mails()
    assert "青空クラウド\n\n" not in plain


def promoter() -> Story:
    return account(catalog("jp"), "standard", since="2023-10-16").told(
        "need.stated", feature="api_integration", said_by="c1"
    )


def test_bp_05_a_short_peak_of_a_gauge_counts_at_once() -> None:
    """The notice and the reason for an opportunity do not wait a day: R-031 offers at 80 %."""
    found = crossed(aozora(), "storage", 8 * GB + GB // 2, 85)
    assert found.decision.signals == ("usage_limit",)
    assert found.decision.outcome == "proposal"
