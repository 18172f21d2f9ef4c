"""The recommendation as the API shows it: its exact fields, in the account's language."""

from datetime import date

from services.trigger.judgement.findings.advice import advice, option
from shared.catalog import catalog_document
from tests.support.catalogs import catalog, parsed
from tests.support.stories import NOW, Story, account, day

GLOBAL, JP = catalog("global"), catalog("jp")


def hoshino() -> Story:
    story = account(
        GLOBAL, "pro", since="2025-03-16", interval="year", renewal_date=date(2026, 3, 16)
    )
    for _ in range(3):
        story = story.told("feature.requested", feature="advanced_analytics", user="u1")
    return story.told(
        "value.stated",
        members=5,
        hours=10,
        hours_basis="per_person",
        hours_period="week",
        hourly_rate=50,
        currency="USD",
        source="customer_stated",
    )


def test_the_whole_shape() -> None:
    found = advice(hoshino().case("schedule"), "ja-JP")
    assert list(found) == [
        "plan",
        "reason",
        "comparison",
        "value",
        "wait_cost",
        "alternative",
        "option",
        "path",
        "options",
        "price",
        "add_on",
    ]
    assert found["plan"] == "enterprise"
    assert found["reason"] == "Enterpriseは高度な分析に応えます。"
    assert found["comparison"][0] == {
        "key": "advanced_analytics",
        "group": "features",
        "current": {"has": False, "label": "高度な分析"},
        "target": {"has": True, "label": "高度な分析"},
        "need": "ご要望3回",
    }
    assert found["value"] is not None
    assert found["wait_cost"] is not None
    assert found["value"]["multiple"] == "8.67"
    assert (
        found["wait_cost"]["hours_per_person"],
        found["wait_cost"]["hours"],
        found["wait_cost"]["amount"],
    ) == (260, 1300, "65000.00")
    assert (found["alternative"], found["option"]) == (None, None)


def test_what_only_a_higher_plan_answers_is_mentioned() -> None:
    story = (
        account(GLOBAL, "starter")
        .told("need.stated", feature="sso", said_by="c1")
        .told("need.stated", feature="webhooks", said_by="c1")
    )
    assert (
        advice(story.case("schedule"), "en")["reason"]
        == "Pro answers SSO. Only with Enterprise: Webhooks."
    )
    assert (
        advice(story.case("schedule"), "ja")["reason"]
        == "ProはSSOに応えます。webhookはEnterpriseに含まれます。"
    )


def test_without_a_need_at_the_top_and_without_a_plan() -> None:
    assert (
        advice(account(GLOBAL, "pro").case("schedule"), "en")["reason"]
        == "Enterprise is the next step. No need is recorded yet."
    )
    top = advice(account(GLOBAL, "enterprise").case("schedule"), "en")
    assert (top["plan"], top["reason"], top["comparison"]) == (
        None,
        "This is the highest plan already.",
        [],
    )
    nobody = advice(account(GLOBAL, None).case("schedule"), "ja")
    assert (nobody["plan"], nobody["reason"]) == (None, "ご契約中のプランがありません。")


def test_seats_are_offered_beside_the_step() -> None:
    story = account(GLOBAL, "pro").used("seats", 24).told("team.growth", count=10)
    assert advice(story.case("schedule"), "en")["alternative"] == {
        "add_on": "seats",
        "quantity": 9,
        "year": "16200.00",
        "saving_year": "1200.00",
        "break_even": 9,
    }


def quoted(plan: str, story: Story | None = None) -> Story:
    return (story or account(JP, None)).told("quote.presented", day("2025-09-05"), plan=plan)


def test_r_045_the_line_on_a_quote_is_one_step_above_it() -> None:
    assert option(quoted("standard").case("schedule"), "ja-JP") == {
        "plan": "premium",
        "difference": "20000",
        "currency": "JPY",
        "text": "スタンダードプランに+2万円でプレミアム機能が利用可能です",
    }
    basic = option(quoted("basic").case("schedule"), "ja-JP")
    assert basic is not None
    assert (basic["plan"], basic["difference"]) == ("standard", "20000")
    assert option(quoted("premium").case("schedule"), "ja-JP") is None


def test_r_045_a_difference_of_12500_yen() -> None:
    entries = catalog_document(JP)
    entries["plans"][2]["price"] = {"month": 42_500}
    line = option(quoted("standard", account(parsed(entries), None)).case("schedule"), "ja")
    assert line is not None
    assert line["text"] == "スタンダードプランに+1.25万円でプレミアム機能が利用可能です"


def test_r_046_no_line_after_the_signature() -> None:
    signed = quoted("standard").told("contract.signed", day("2025-09-11"), plan="standard")
    assert option(signed.case("schedule"), "ja") is None
    again = signed.at(NOW).told("quote.presented", day("2025-09-15"), plan="premium")
    assert option(again.case("schedule"), "ja") is None  # nothing is above the highest plan
