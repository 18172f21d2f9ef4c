"""MET: the reports, each with the figures that its requirement names."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from services.trigger.process.figures.answer import Figures, Question
from services.trigger.process.figures.uplift import Arm, needed_per_arm, uplift
from services.trigger.process.reports import (
    amounts,
    attribution,
    balance,
    case_study,
    conversion,
    costs,
    experiment,
    first_year,
    funnel,
    handoffs,
    holdout,
    hygiene,
    ltv,
    missed_triggers,
    nrr,
    objections,
    owners,
    pipeline,
    retention,
    thresholds,
    time_to_upsell,
)
from services.trigger.process.reports.amounts import Upsell
from services.trigger.process.reports.attribution import Delivered, Ladder, Move, attributed
from services.trigger.process.reports.conversion import Qualified
from services.trigger.process.reports.pipeline import Reached, Standing
from shared.catalog.process import Costs

MONTH_LENGTH = 30 * 86_400 * 10**6


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


YEAR = Question(day("2025-01-01"), day("2026-01-01"), day("2026-01-01"))
THREE_YEARS = Question(day("2023-01-01"), day("2026-01-01"), day("2026-01-01"))


def stages(won: int, lost: int, open_: int) -> list[Qualified]:
    return [
        *[Qualified("closed_won")] * won,
        *[Qualified("closed_lost")] * lost,
        *[Qualified("engaged")] * open_,
    ]


def only(found: Figures) -> dict[str, Any]:
    (row,) = found.rows
    return row


def flags(found: Figures) -> list[str]:
    return [one.flag for one in found.flags]


def test_r_200_ten_qualified_five_won() -> None:
    row = only(conversion.report(stages(5, 3, 2), YEAR))
    assert row == {
        "key": "all",
        "qualified": 10,
        "won": 5,
        "lost": 3,
        "open": 2,
        "cohort_percent": Decimal("50.0"),
        "decided_percent": Decimal("62.5"),
        "band": "in",
        "low_n": False,
    }


@pytest.mark.parametrize(
    ("won", "of", "shown", "band"),
    [
        (399, 1000, "39.9", "below"),
        (400, 1000, "40.0", "in"),
        (600, 1000, "60.0", "in"),
        (601, 1000, "60.1", "above"),
        (3999, 10_000, "40.0", "below"),
        (6001, 10_000, "60.0", "above"),
    ],
)
def test_r_200_bands_are_exact(won: int, of: int, shown: str, band: str) -> None:
    row = only(conversion.report(stages(won, of - won, 0), YEAR))
    assert (row["cohort_percent"], row["band"]) == (Decimal(shown), band)


def test_r_200_nothing_qualified_has_no_percentage() -> None:
    row = only(conversion.report([], YEAR))
    assert (row["cohort_percent"], row["decided_percent"], row["band"]) == (None, None, None)
    assert row["low_n"]


@pytest.mark.parametrize("by", ["plan", "size", "segment", "owner", "reason"])
def test_r_201_rows_sum_to_the_whole(by: str) -> None:
    rows = [
        Qualified("closed_won", "pro", 30, "smb", "cs", "usage_limit"),
        Qualified("disqualified", "pro", 1000, None, "hybrid", "usage_limit"),
        Qualified("closed_lost", "starter", None, "smb", "sales", None),
        Qualified("engaged", "starter", 249, "mid", "cs", "nps_high"),
    ]
    found = conversion.report(rows, Question(YEAR.since, YEAR.until, YEAR.now, by=by))
    for name in ("qualified", "won", "lost", "open"):
        assert sum(row[name] for row in found.rows) == found.totals[name]
    assert found.totals["qualified"] == 4
    assert all(row["low_n"] for row in found.rows)
    if by == "size":
        assert [row["key"] for row in found.rows] == ["1-49", "50-249", "1000+", "unknown"]


def test_r_202_average_upsell_against_the_first_arr() -> None:
    upsells = [
        Upsell("a", day("2025-03-02"), "USD", Decimal(5412), Decimal(588)),
        Upsell("b", day("2025-03-20"), "USD", Decimal(15_000), Decimal(6000)),
        Upsell("c", day("2025-05-01"), "USD", Decimal(15_000), Decimal(6000)),
    ]
    found = amounts.report(upsells, YEAR)
    assert found.totals["currencies"] == [
        {
            "currency": "USD",
            "upsells": 3,
            "sum": "35412.00",
            "mean": "11804.00",
            "median": "15000.00",
            "initial": "12588.00",
            "ratio": Decimal("2.81"),
        }
    ]
    assert [(row["month"], row["sum"]) for row in found.rows] == [
        ("2025-03", "20412.00"),
        ("2025-05", "15000.00"),
    ]


def test_r_202_an_account_counts_its_beginning_once_and_not_without_a_price() -> None:
    upsells = [
        Upsell("a", day("2025-03-02"), "JPY", Decimal(100), Decimal(100)),
        Upsell("a", day("2025-04-02"), "JPY", Decimal(300), Decimal(100)),
        Upsell("b", day("2025-04-02"), "JPY", None, Decimal(100)),
        Upsell("c", day("2025-04-02"), "USD", Decimal(1), Decimal(1)),
    ]
    found = amounts.report(upsells, YEAR)
    yen, dollars = found.totals["currencies"]
    assert (yen["initial"], yen["ratio"], dollars["sum"]) == ("100", Decimal("4.00"), "1.00")
    assert found.totals["unknown"] == 1


def test_r_202_maruta() -> None:
    found = amounts.report(
        [Upsell("maruta", day("2025-10-01"), "USD", Decimal(75_000), Decimal(30_000))], YEAR
    )
    (whole,) = found.totals["currencies"]
    assert (whole["sum"], whole["ratio"]) == ("75000.00", Decimal("2.50"))


def test_r_203_eight_months_by_the_calendar() -> None:
    life = time_to_upsell.Life("a", day("2025-01-15"), day("2025-09-15"))
    row = only(time_to_upsell.report([life], YEAR))
    assert (row["days"], row["months"], row["calendar_months"]) == (243, Decimal("7.98"), 8)


def test_r_203_those_who_wait_are_censored() -> None:
    start = day("2025-01-01")
    lives = [
        time_to_upsell.Life("a", start, start + timedelta(days=100)),
        time_to_upsell.Life("b", start, start + timedelta(days=200)),
        time_to_upsell.Life("c", start, None, start + timedelta(days=150)),
        time_to_upsell.Life("d", start),
    ]
    found = time_to_upsell.report(lives, YEAR)
    # S(100) = 3/4, then one is lost from sight: S(200) = 3/4 * 1/2.
    assert found.totals == {
        "accounts": 4,
        "upgraded": 2,
        "censored": 2,
        "median_months": Decimal("6.57"),
        "p75_months": None,
    }
    assert [row["days"] for row in found.rows] == [100, 200, None, None]


def test_r_204_those_who_moved_up_stay_more_often_or_it_is_flagged() -> None:
    fine = retention.report(retention.Cohort(20, 19), retention.Cohort(80, 64), THREE_YEARS)
    assert [row["percent"] for row in fine.rows] == [Decimal("95.0"), Decimal("80.0")]
    assert flags(fine) == []
    poor = retention.report(retention.Cohort(20, 15), retention.Cohort(80, 64), THREE_YEARS)
    assert flags(poor) == ["upselling_poor_fit"]
    few = retention.report(retention.Cohort(9, 1), retention.Cohort(80, 64), THREE_YEARS)
    assert flags(few) == []


def book(**moves: tuple[int, int]) -> nrr.Book:
    added = {kind: (Decimal(plus), Decimal(minus)) for kind, (plus, minus) in moves.items()}
    end = 100_000 + sum(plus + minus for plus, minus in moves.values())
    return nrr.Book("USD", 50, Decimal(100_000), Decimal(end), Decimal(90_000), added)


def test_r_205_net_revenue_retention_by_what_it_comes_from() -> None:
    found = nrr.report(
        [
            book(
                plan_upgrade=(15_000, 0),
                seat_expansion=(3000, 0),
                cross_sell=(2000, 0),
                downgrade=(0, -4000),
                churn=(0, -6000),
            )
        ],
        0,
        YEAR,
    )
    row = only(found)
    assert (row["nrr_percent"], row["grr_percent"]) == (Decimal("110.0"), Decimal("90.0"))
    assert row["plan_upgrade_points"] == Decimal("15.0")
    assert row["plan_upgrade_share_percent"] == Decimal("75.0")
    assert (row["contraction"], row["churn"]) == ("-4000.00", "-6000.00")


def test_r_205_a_lower_price_is_contraction() -> None:
    row = only(nrr.report([book(price_change=(500, -700), limit_add_on=(100, 0))], 3, YEAR))
    assert (row["price_change"], row["contraction"], row["add_on"]) == (
        "500.00",
        "-700.00",
        "100.00",
    )


def test_r_206_pipeline_by_stage_and_flow() -> None:
    at = day("2025-09-30")
    ages = [("identified", 10), ("identified", 20), ("qualified", 30), ("qualified", 40)]
    open_ = [Standing(stage, at - timedelta(days=age)) for stage, age in [*ages, ("proposal", 60)]]
    reached = [
        Reached("identified", False, 10),
        Reached("qualified", False, 2),
        Reached("engaged", False, 2),
        Reached("proposal", True),
        Reached("closed_won", False, 5),
    ]
    question = Question(YEAR.since, YEAR.until, at)
    found = pipeline.report(open_, reached, question)
    assert [(row["stage"], row["count"], row["mean_age_days"]) for row in found.rows] == [
        ("identified", 2, Decimal("15.0")),
        ("qualified", 2, Decimal("35.0")),
        ("proposal", 1, Decimal("60.0")),
    ]
    assert (found.totals["count"], found.totals["mean_age_days"]) == (5, Decimal("32.0"))
    assert found.totals["flows"] == {
        "counts": [20, 10, 8, 6, 5],
        "percents": [Decimal("50.0"), Decimal("80.0"), Decimal("75.0"), Decimal("83.3")],
        "negotiation": 1,
    }


def test_r_234_the_funnel_reconciles_with_the_pipeline() -> None:
    reached = [Reached("identified", False, 7), Reached("engaged", False, 2)]
    reached.append(Reached("closed_won", True, 1))
    row = only(funnel.report(reached, YEAR))
    assert row == {"eligible": 10, "ready": 3, "engaged": 3, "won": 1}
    counts = pipeline.flows(reached)["counts"]
    assert list(row.values()) == [counts[0], counts[1], counts[2], counts[4]]
    assert counts == sorted(counts, reverse=True)


def starters(accounts: int, upgraded: int) -> list[first_year.Starters]:
    return [first_year.Starters(None, accounts, upgraded)]


def test_r_207_fourteen_of_forty_in_the_first_year() -> None:
    found = first_year.report(starters(40, 14), first_year.Churns(0, 0), THREE_YEARS)
    row = only(found)
    assert (row["percent"], row["band"]) == (Decimal("35.0"), "in")
    assert found.totals["missing_feature_percent"] is None


def test_r_208_a_single_digit_rate_is_flagged_and_losses_are_explained() -> None:
    found = first_year.report(starters(40, 3), first_year.Churns(6, 2), THREE_YEARS)
    assert only(found)["percent"] == Decimal("7.5")
    assert flags(found) == ["single_digit_upgrade_rate"]
    assert found.totals["missing_feature_percent"] == Decimal("33.3")
    assert flags(first_year.report(starters(40, 4), first_year.Churns(6, 2), YEAR)) == []
    assert flags(first_year.report(starters(9, 0), first_year.Churns(6, 2), YEAR)) == []


def stayed(pieces: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """One account: (monthly price, until which month) for each piece."""
    prices = [12 * price for price, _ in pieces]
    followed = [*prices[1:], 0]
    parts = ltv.Part(
        MONTH_LENGTH,
        pieces[-1][1],
        0,
        Decimal(
            sum((p - n) * end for p, n, (_, end) in zip(prices, followed, pieces, strict=True))
        ),
        Decimal(0),
    )
    return only(ltv.report([ltv.Subscribed("JPY", 1, Decimal(prices[-1]), [parts])], 0, YEAR))


def test_r_209_lifetime_value_and_piece_by_piece() -> None:
    assert stayed([(10_000, 24)])["ltv"] == "240000"
    assert stayed([(30_000, 24)])["ltv"] == "720000"
    assert stayed([(10_000, 6), (30_000, 24)])["ltv_piecewise"] == "600000"
    assert stayed([(10_000, 12), (30_000, 24)])["ltv_piecewise"] == "480000"
    assert stayed([(30_000, 24)]) == {
        "currency": "JPY",
        "accounts": 1,
        "arpa": "30000",
        "months": Decimal("24.00"),
        "ltv": "720000",
        "ltv_piecewise": "720000",
    }


def test_r_210_three_times_the_price_is_three_times_the_value() -> None:
    once, thrice = (Decimal(stayed([(price, 24)])["ltv"]) for price in (10_000, 30_000))
    assert thrice / once == 3
    assert Decimal(stayed([(30_000, 20)])["ltv"]) / once == Decimal("2.5")


def test_r_211_one_to_five() -> None:
    known = Costs("JPY", Decimal(300_000), Decimal(60_000))
    row = only(costs.report(known, 10, 5, YEAR))
    assert (row["ratio"], row["cost_per_won"], row["won_ratio"]) == (
        Decimal("5.0"),
        "120000",
        Decimal("2.5"),
    )
    assert only(costs.report(known, 10, 0, YEAR))["won_ratio"] is None
    assert flags(costs.report(None, 10, 5, YEAR)) == ["costs_unknown"]


def test_r_212_the_case_study() -> None:
    def cohort(upgraded: int) -> case_study.Cohort:
        end = 12_000 * (1000 + 2 * upgraded)
        return case_study.Cohort("JPY", 1000, upgraded, Decimal(12_000_000), Decimal(end))

    found = case_study.report(
        {"before": {"JPY": cohort(50)}, "after": {"JPY": cohort(200)}}, 0, YEAR
    )
    assert [(row["period"], row["percent"]) for row in found.rows] == [
        ("before", Decimal("5.0")),
        ("after", Decimal("20.0")),
    ]
    assert found.totals["points"] == Decimal("15.0")
    assert found.totals["relative_percent"] == Decimal("300.0")
    assert found.totals["price_mix"] == Decimal("1.2727")
    assert found.totals["tenure_needed"] == Decimal("1.1786")


def test_r_213_a_row_for_each_threshold() -> None:
    rows = [thresholds.Reached(percent, 9, 5, 4, 3, 2, 1, 0) for percent in (100, 80, 95, 90)]
    found = thresholds.report(rows, YEAR)
    assert [row["threshold"] for row in found.rows] == [80, 90, 95, 100]
    assert list(found.rows[0]) == [
        "threshold",
        "notices",
        "proposals",
        "delivered",
        "clicked",
        "opportunities",
        "won",
        "unsubscribes",
    ]


def test_r_214_eight_of_ten_find_it_helpful() -> None:
    answers = balance.Answers(sent=100, helpful=8, unwanted=2, complaints=1, unsubscribes=2)
    row = only(balance.report([], [], {"usage_limit": answers}, YEAR))
    assert row["helpful_percent"] == Decimal("80.0")
    assert (row["complaint_percent"], row["unsubscribe_percent"]) == (
        Decimal("1.0"),
        Decimal("2.0"),
    )


def test_r_232_more_revenue_and_less_satisfaction_is_flagged() -> None:
    def play(scores: Sequence[tuple[int, int]], won: int = 120_000) -> balance.Play:
        answers = balance.Answers(scores, 100)
        return balance.Play({"USD": Decimal(won)}, {"USD": Decimal(100_000)}, answers)

    def compared(one: balance.Play, whole: balance.Play) -> Figures:
        return balance.compared({"nps_high": one}, whole, 0, YEAR)

    worse = play([(9, 8)] * 4 + [(9, 9)])
    found = compared(worse, worse)
    row = only(found)
    assert (row["change_percent"], row["nps_delta"], row["n"]) == (
        Decimal("20.0"),
        Decimal("-0.8"),
        5,
    )
    assert flags(found) == ["revenue_over_satisfaction"]
    at_the_edge, fine = play([(9, 8), (9, 9)]), play([(9, 8), (9, 9), (9, 9)])
    assert flags(compared(at_the_edge, fine)) != []
    assert flags(compared(fine, fine)) == []
    shrunk = play([(9, 1)], won=100_000)
    assert flags(compared(shrunk, shrunk)) == []


def test_r_158_ten_objections_six_resolved_four_won() -> None:
    def raised(resolved: bool, won: bool, count: int) -> list[objections.Raised]:
        return [objections.Raised("too_expensive", False, resolved, won)] * count

    rows = [*raised(True, True, 4), *raised(True, False, 2), *raised(False, True, 4)]
    rows.append(objections.Raised("budget_process", True, True, True))
    found = objections.report(rows, YEAR)
    process, doubts = found.rows
    assert (process["objection"], process["is_process"]) == ("budget_process", True)
    assert (doubts["raised"], doubts["resolved"], doubts["won"]) == (10, 6, 4)
    assert doubts["resolved_percent"] == Decimal("60.0")
    assert doubts["won_percent"] == Decimal("40.0")
    assert doubts["won_of_resolved_percent"] == Decimal("66.7")
    assert found.totals["raised"] == 10


def test_r_180_hand_offs_that_lose_more_than_objections_are_flagged() -> None:
    losses = {"handoff_failure": 4, "price": 2, "competitor": 1, "budget": 1, "other": 2}
    found = handoffs.report([], losses, YEAR)
    assert found.totals["lost"] == {"handoff": 4, "objection": 3, "process": 1, "other": 2}
    assert flags(found) == ["handoff_over_objections"]
    assert flags(handoffs.report([], {"handoff_failure": 3, "price": 3}, YEAR)) == []


def test_bp_26_of_the_three_ends_how_many_are_accepted() -> None:
    asked = day("2025-09-16")
    hours = {"accepted": 4, "returned": 10, "rejected": 6, "timed_out": 48}
    requests = [
        handoffs.Request(state, asked, asked + timedelta(hours=after))
        for state, after in hours.items()
    ]
    requests += [handoffs.Request("requested", asked, None)]
    row = only(handoffs.report(requests, {}, YEAR))
    assert (row["requested"], row["accepted"], row["open"]) == (5, 2, 1)
    assert (row["acceptance_percent"], row["median_hours"]) == (Decimal("50.0"), Decimal("6.0"))


def test_r_181_who_wins_how_fast() -> None:
    begun = day("2025-01-01")
    closed = [
        owners.Closed(role, won, begun, begun + timedelta(days=days))
        for role, won, days in (
            ("cs", True, 10),
            ("cs", True, 14),
            ("cs", False, 99),
            ("sales", True, 45),
        )
    ]
    found = owners.report(closed, YEAR)
    assert [(row["role"], row["win_percent"], row["median_days"]) for row in found.rows] == [
        ("cs", Decimal("66.7"), Decimal("12.0")),
        ("sales", Decimal("100.0"), Decimal("45.0")),
    ]


def test_r_047_one_of_ten_triggers_is_missed() -> None:
    now, within = day("2025-09-20"), timedelta(hours=48)

    def assisted(name: str, hours_ago: int, acted: int | None) -> missed_triggers.Assisted:
        at = now - timedelta(hours=hours_ago)
        first = None if acted is None else at + timedelta(hours=acted)
        return missed_triggers.Assisted(name, "a", at, f"task-{name}", "u7", first)

    question = Question(YEAR.since, YEAR.until, now)
    people = [assisted("in-time", 72, 48), assisted("late", 72, 49)]
    found = missed_triggers.report(
        {"proposal": 4, "notice": 2, "withheld": 2}, people, within, question
    )
    assert found.totals == {"triggers": 10, "told": 7, "held": 2, "pending": 0, "missed": 1}
    assert [row["decision"] for row in found.rows] == ["late"]
    waiting = missed_triggers.report({"failed": 1}, [assisted("young", 47, None)], within, question)
    assert (waiting.totals["pending"], waiting.totals["missed"]) == (2, 0)


def test_r_137_findings_the_oldest_first() -> None:
    rows = [
        hygiene.Finding("task", "t", "a", "u7", "overdue", day("2025-01-03")),
        hygiene.Finding("opportunity", "o", "a", None, "unowned", day("2025-01-05")),
        hygiene.Finding("opportunity", "p", "a", "u7", "no_next_step", day("2025-01-04")),
    ]
    assert [row["id"] for row in hygiene.report(rows, YEAR).rows] == ["p", "o", "t"]


def test_bp_19_the_newest_delivered_proposal_within_its_window() -> None:
    at = day("2025-09-16")
    ladder = Ladder({"starter": ("main", 1), "pro": ("main", 2), "top": ("main", 3)})
    move = Move(Upsell("a", at, "USD", Decimal(10), Decimal(1)), "pro")

    def ago(id: str, days: int, plan: str = "pro", channel: str = "message") -> Delivered:
        return Delivered(id, "a", at - timedelta(days=days), plan, channel)

    offers = [
        ago("mail-30", 30),
        ago("mail-31", 31),
        ago("said-90", 90, channel="person"),
        ago("said-91", 91, channel="person"),
        ago("lower", 40, "starter", "person"),
        ago("higher", 1, "top"),
        ago("after", -1),
    ]
    (found,) = attributed([move], offers, ladder)
    row = only(attribution.report([found], YEAR))
    assert row["credited"] == "mail-30"
    assert row["touches"] == ["mail-30", "lower", "said-90"]
    (alone,) = attributed([move], [ago("mail-31", 31)], ladder)
    assert only(attribution.report([alone], YEAR))["credited"] is None


def test_bp_21_conclusive_only_with_enough() -> None:
    found = uplift(Arm(36, 200), Arm(6, 100))
    assert (found.points, found.relative_percent) == (Decimal("12.0"), Decimal("200.0"))
    assert (found.z, found.p) == (Decimal("2.82"), Decimal("0.0047"))
    assert found.ci == (Decimal("4.9"), Decimal("19.1"))
    assert found.conclusive
    small = uplift(Arm(8, 40), Arm(1, 10))
    assert (small.z, small.p, small.conclusive) == (Decimal("0.74"), Decimal("0.4616"), False)


def test_bp_21_how_many_each_arm_needs() -> None:
    five, eight, twenty = (Fraction(percent, 100) for percent in (5, 8, 20))
    assert needed_per_arm(twenty, five) == 76
    assert needed_per_arm(eight, five) == 1059
    assert needed_per_arm(five, five) is None


def test_bp_20_those_held_out_and_those_with_offers() -> None:
    found = holdout.report({"offered": Arm(36, 200), "control": Arm(6, 100)}, YEAR)
    assert [(row["arm"], row["percent"]) for row in found.rows] == [
        ("control", Decimal("6.0")),
        ("offered", Decimal("18.0")),
    ]
    assert (found.totals["points"], found.totals["conclusive"]) == (Decimal("12.0"), True)
    nobody = holdout.report({}, YEAR)
    assert (nobody.totals["z"], nobody.totals["conclusive"]) == (None, False)


def test_bp_22_the_second_arm_against_the_first() -> None:
    found = experiment.report({"a": Arm(6, 100), "b": Arm(36, 200)}, YEAR)
    assert [row["arm"] for row in found.rows] == ["a", "b"]
    assert found.totals["points"] == Decimal("12.0")
    assert experiment.report({}, YEAR).rows == []
