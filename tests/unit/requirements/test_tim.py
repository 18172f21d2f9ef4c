"""TIM: the timings (R-026, R-027, R-040..R-047), and when a proposal may arrive (BP-24, BP-25)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from services.trigger.judgement.facts.facts import Signal, Usage
from services.trigger.judgement.findings import timing
from services.trigger.judgement.findings.signals import (
    by_priority,
    is_forecast,
    is_repeated,
    of_usage,
)
from services.trigger.judgement.gates.opportunity import merged
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.judgement.words.speech import task_lines
from shared.wording import sentence
from tests.support.catalogs import catalog
from tests.support.rulings import as_read, heard
from tests.support.stories import NOW, Story, account, contact, day, opportunity

GLOBAL, JP = catalog("global"), catalog("jp")
TOKYO = ZoneInfo("Asia/Tokyo")


def test_r_026_two_full_periods_running_are_a_signal_of_their_own() -> None:
    story = account(GLOBAL, "pro")
    assert story.crossing("api_calls", 97_000, 95, last_percent=96).signals == (
        "usage_limit",
        "repeated_limit",
    )
    assert story.crossing("api_calls", 97_000, 95).signals == ("usage_limit",)


def test_r_026_three_days_of_one_period_too() -> None:
    assert is_repeated(Usage("seats", Decimal(24), Decimal(25), 96, hot_days=3), GLOBAL.policy)
    assert not is_repeated(Usage("seats", Decimal(24), Decimal(25), 96, hot_days=2), GLOBAL.policy)


def test_r_027_a_forecast_needs_three_days_and_a_limit_before_the_reset() -> None:
    ends = NOW + timedelta(days=14)
    usage = Usage(
        "api_calls",
        Decimal(6000),
        Decimal(10_000),
        60,
        None,
        ends,
        Decimal(18_000),
        NOW + timedelta(days=6),
        10,
    )
    assert is_forecast(usage, NOW)
    raised = of_usage(
        account(GLOBAL, "starter").having(usage={"api_calls": usage}).facts, GLOBAL.policy, NOW
    )
    assert [signal.type for signal in raised] == ["forecast_limit"]


@pytest.mark.parametrize(("days", "reaches"), [(2, 6), (10, 20), (10, None)])
def test_bp_23_no_forecast_without_data_or_after_the_reset(days: int, reaches: int | None) -> None:
    at = None if reaches is None else NOW + timedelta(days=reaches)
    usage = Usage(
        "api_calls",
        Decimal(6000),
        Decimal(10_000),
        60,
        None,
        NOW + timedelta(days=14),
        None,
        at,
        days,
    )
    assert not is_forecast(usage, NOW)


@pytest.mark.parametrize(("days", "is_near"), [(30, True), (31, False), (2000, False)])
def test_r_027_a_gauge_that_fills_in_years_is_no_reason_to_act(days: int, is_near: bool) -> None:
    """7 of 10 GB and 0.1 GB a day are 30.0 days; a limit that is years away is no wall."""
    usage = Usage(
        "storage",
        Decimal(7),
        Decimal(10),
        70,
        None,
        None,
        Decimal(10),
        NOW + timedelta(days=days),
        10,
    )
    assert is_forecast(usage, NOW) == is_near


def test_r_040_the_limit_comes_first_and_reasons_merge() -> None:
    assert by_priority(["nps_high", "renewal", "usage_limit", "pre_purchase"]) == (
        "usage_limit",
        "pre_purchase",
        "renewal",
        "nps_high",
    )
    case = account(GLOBAL, "starter").crossing_case("storage", 9 * 10**9, 90)
    assert merged(case, opportunity("pro", "renewal", "nps_high")) == (
        "usage_limit",
        "renewal",
        "nps_high",
    )


def sakura(**more: object) -> Story:
    story = account(
        JP, "standard", since="2023-10-16", interval="year", renewal_date=date(2025, 10, 16)
    )
    return story.told("need.stated", feature="api_integration", said_by="c1").having(**more)


def test_r_040_renewal_and_nps_on_one_day_make_one_opportunity_and_one_message() -> None:
    first = decide(sakura().case("renewal", Signal("renewal", NOW)))
    second = (
        sakura()
        .sent(NOW)
        .having(opportunities=(opportunity("premium", "renewal"),))
        .hearing("nps.responded", score=9)
    )
    assert second.outcome == "withheld"
    assert second.blocked_by == ("frequency_cap",)
    assert second.answer("merge").evidence["reasons"] == ("renewal", "nps_high")
    assert first.signals == ("renewal",)


@pytest.mark.parametrize(
    ("renewal", "fires"),
    [
        ("2025-10-16", "2025-09-16"),
        ("2026-03-31", "2026-02-28"),
        ("2028-03-31", "2028-02-29"),
        ("2026-01-31", "2025-12-31"),
    ],
)
def test_r_041_one_calendar_month_before_clamped(renewal: str, fires: str) -> None:
    assert timing.month_before(date.fromisoformat(renewal)) == date.fromisoformat(fires)


def test_r_041_at_nine_in_the_accounts_time_zone() -> None:
    assert timing.renewal_due(date(2025, 10, 16), sakura().facts.account) == NOW


def test_r_041_a_missed_day_is_late() -> None:
    tokyo = sakura().facts.account
    assert not timing.is_late(NOW, NOW + timedelta(hours=14), tokyo)
    assert timing.is_late(NOW, NOW + timedelta(days=3), tokyo)


def test_r_042_monthly_contracts_renew_once_a_year() -> None:
    story = account(JP, "standard", since="2024-10-16", time_zone="UTC")
    assert story.facts.subscription is not None
    for month in range(1, 10):
        now = datetime(2025, month, 16, tzinfo=UTC)
        renewal = timing.renewal_date(story.facts.subscription, story.facts.account, now)
        assert timing.month_before(renewal) == date(2025, 9, 16)


def test_r_042_the_first_renewal_is_a_year_after_the_start() -> None:
    story = account(JP, "standard", since="2025-09-16", time_zone="UTC")
    assert story.facts.subscription is not None
    assert timing.renewal_date(story.facts.subscription, story.facts.account, NOW) == date(
        2026, 9, 16
    )


def test_r_044_a_promoter_with_a_need_is_offered_the_next_plan() -> None:
    story = account(JP, "standard").told("need.stated", feature="api_integration")
    assert story.hearing("nps.responded", score=9).outcome == "proposal"
    passive = story.hearing("nps.responded", score=8)
    assert passive.signals == ()
    assert passive.outcome == "none"
    top = account(JP, "premium").hearing("nps.responded", score=10)
    assert top.blocked_by == ("top_plan",)
    assert not top.sells


def test_r_044_two_promoters_in_14_days_are_one_signal() -> None:
    story, first = account(JP, "standard").raised("nps.responded", NOW, score=9, contact="c1")
    later = story.having(signals=first).at(NOW + timedelta(days=14))
    assert [signal.type for signal in first] == ["nps_high"]
    assert later.raised("nps.responded", score=9, contact="c2")[1] == ()


def test_r_044_a_promoter_more_than_14_days_later_is_a_signal_of_its_own() -> None:
    """Also while the first one still holds."""
    story, first = account(JP, "standard").raised("nps.responded", NOW, score=9, contact="c1")
    later = story.having(signals=first).at(NOW + timedelta(days=14, seconds=1))
    assert [signal.type for signal in later.raised("nps.responded", score=10, contact="c2")[1]] == [
        "nps_high"
    ]


def test_r_079_a_decision_says_when_its_blocks_end_although_nothing_was_raised() -> None:
    heard = (
        account(JP, "standard")
        .told("need.stated", feature="api_integration")
        .sent(NOW)
        .hearing("nps.responded", score=8)
    )
    assert (heard.outcome, heard.blocked_by, heard.retry_at) == (
        "none",
        ("frequency_cap",),
        NOW + timedelta(days=14),
    )


def test_r_045_a_quote_raises_pre_purchase_until_the_signature() -> None:
    nagi = account(JP, None, currency="JPY")
    quoted = nagi.hearing("quote.presented", plan="standard")
    assert quoted.signals == ("pre_purchase",)
    assert quoted.outcome == "proposal"
    assert quoted.recommendation is not None
    assert quoted.recommendation.plan == "premium"
    basic = nagi.hearing("quote.presented", plan="basic")
    assert basic.recommendation is not None
    assert basic.recommendation.plan == "standard"
    assert not nagi.hearing("quote.presented", plan="premium").sells


def test_r_045_who_acts_has_the_line_on_the_quote_to_say() -> None:
    """Where a person acts, the sentence stands in the task; character for character."""
    story, raised = account(GLOBAL, None).raised("quote.presented", plan="pro")
    case = story.case("quote.presented", *raised)
    decision = decide(case)
    assert decision.outcome == "assisted"
    said = [
        sentence(one.key, one.variables, "ja")
        for one in as_read(task_lines(Question.of(case), decision).say)
    ]
    assert said == [
        "もう少し投資すれば、より高い価値が得られます",
        "Proプランに+$1,250でEnterprise機能が利用可能です",
    ]


def test_r_046_after_the_signature_nothing_is_raised_and_the_grace_begins() -> None:
    signed = account(JP, "standard", since="2025-09-11").told(
        "contract.signed", day("2025-09-11"), plan="standard"
    )
    unsigned = account(JP, None, currency="JPY")
    assert [
        signal.type
        for signal in unsigned.raised("quote.presented", day("2025-09-10"), plan="standard")[1]
    ] == ["pre_purchase"]
    for quoted in ("2025-09-10", "2025-09-12"):
        assert signed.raised("quote.presented", day(quoted), plan="standard")[1] == ()
    assert "new_contract" in signed.crossing("seats", 24, 95).blocked_by


def test_history_counts_and_raises_nothing() -> None:
    story, raised = account(JP, "standard").raised(
        "nps.responded", NOW - timedelta(days=7, seconds=1), score=9
    )
    assert raised == ()
    assert story.facts.record.nps[0].score == 9
    assert (
        account(JP, "standard").raised("nps.responded", NOW - timedelta(days=7), score=9)[1] != ()
    )


def test_bp_24_a_proposal_of_friday_evening_waits_for_monday_morning() -> None:
    friday = datetime(2025, 9, 19, 19, tzinfo=TOKYO)
    readers = timing.readers(
        account(JP, "standard").facts, friday.astimezone(UTC), with_notice=True
    )
    assert [(reader.joined, reader.not_before) for reader in readers] == [
        (False, datetime(2025, 9, 22, 0, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("country", "joined"), [("JP", True), ("US", True), ("GB", False), ("DE", False), (None, False)]
)
def test_bp_25_joined_where_it_is_allowed(country: str | None, joined: bool) -> None:
    story = account(JP, "standard", country=country)
    apart = datetime(2025, 9, 17, tzinfo=UTC)
    assert [
        (reader.joined, reader.not_before)
        for reader in timing.readers(story.facts, NOW, with_notice=True)
    ] == [(joined, None if joined else apart)]


def test_bp_24_without_a_notice_to_go_with_a_proposal_goes_out_in_business_hours() -> None:
    (reader,) = timing.readers(account(JP, "standard").facts, NOW, with_notice=False)
    assert (reader.joined, reader.not_before) == (False, None)


def test_bp_25_refusers_and_members_are_offered_nothing() -> None:
    people = (contact("c1", "owner"), contact("c2", "member"), contact("c3", "billing_admin"))
    story = account(JP, "standard", contacts=people).told("contact.unsubscribed", contact="c3")
    assert [reader.contact for reader in timing.readers(story.facts, NOW, with_notice=True)] == [
        "c1"
    ]
    gone = story.told("contact.objected", contact="c1")
    assert gone.crossing("seats", 24, 95).blocked_by == ("opted_out",)


def test_bp_25_a_mailbox_that_has_refused_is_offered_nothing_under_another_name() -> None:
    """Owner and billing admin share a mailbox. Whoever changed the address since has refused as
    well.
    """
    shared = "keiri@example.com"
    people = (
        contact("c1", "owner", email=shared),
        contact("c2", "billing_admin", email=shared),
        contact("c3", "admin", email="other@example.com"),
    )
    story = account(JP, "standard", contacts=people).told("contact.unsubscribed", contact="c1")
    assert [reader.contact for reader in timing.readers(story.facts, NOW, with_notice=True)] == [
        "c3"
    ]
    moved = story.having(
        account=replace(
            story.facts.account,
            contacts=(replace(people[0], email="other@example.com"), *people[1:]),
        )
    )
    assert [reader.contact for reader in timing.readers(moved.facts, NOW, with_notice=True)] == [
        "c2"
    ]
    remembered = moved.having(refused_mailboxes=frozenset(filter(None, [people[0].mailbox])))
    assert timing.readers(remembered.facts, NOW, with_notice=True) == ()
    assert remembered.crossing("seats", 24, 95).blocked_by == ("opted_out",)


def test_bp_25_holidays_count_where_the_policy_says_so() -> None:
    respect_for_the_aged = datetime(2025, 9, 15, 1, tzinfo=UTC)
    facts = account(JP, "standard").facts
    assert timing.readers(facts, respect_for_the_aged, with_notice=True)[0].joined
    waits = timing.readers(facts, respect_for_the_aged, with_notice=True, holidays=True)[0]
    assert (waits.joined, waits.not_before) == (False, datetime(2025, 9, 16, 0, tzinfo=UTC))


def test_r_044_a_promoter_reads_the_sentence_and_the_features_that_answer_a_need() -> None:
    """Of the next plan only what they asked for."""
    found = heard(
        account(JP, "standard").told("need.stated", feature="api_integration"),
        "nps.responded",
        score=9,
    )
    (shown,) = found.inbox()
    assert shown.body.split("\n")[0] == "さらに活用いただける機能があります。"
    assert "プレミアムプランでは、API連携をご利用いただけます。" in shown.body
    assert "全機能" not in shown.body
    assert len([tell for tell in found.tells if tell.proposes]) == 1
