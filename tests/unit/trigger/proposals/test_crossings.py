"""What is decided with a notice, and what long after it."""

from dataclasses import replace
from decimal import Decimal

from services.trigger.accounts import Terms
from services.trigger.alerts.notices import Reading, threshold_notice
from services.trigger.alerts.occasions import USAGE, Occasion, Undecided
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.case import Crossing
from services.trigger.limits import Allowance
from services.trigger.proposals.crossings import after_all, on_usage
from shared.catalog import Threshold
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
STORY = account(GLOBAL, "starter").used("storage", 9 * 10**9)
LOADED = Loaded(Terms("Asia/Tokyo", None, {}), GLOBAL, STORY.facts)
LIMIT, NINETY = Decimal(10**10), Threshold(90)
CROSSING = Crossing("storage", NINETY, Decimal(9 * 10**9), LIMIT, 90, "a1")


def occasion(*, silent: str = "") -> Occasion:
    own = STORY.facts.subscription
    assert own is not None
    reading = Reading(
        STORY.facts.account,
        own,
        GLOBAL,
        GLOBAL,
        GLOBAL.meters["storage"],
        Allowance(LIMIT, (NINETY,)),
        Decimal(9 * 10**9),
        None,
    )
    notice = threshold_notice(reading, NINETY, "a1", again=False, decision="d1", task="a1", now=NOW)
    return Occasion("d1", USAGE, reading, CROSSING, None if silent else notice, silent)


def test_the_notice_and_the_offer_are_one_decision() -> None:
    ruling = on_usage(LOADED, occasion(), NOW)
    assert (ruling.decision.id, ruling.decision.outcome) == ("d1", "proposal")
    assert ruling.notice is not None
    assert [one.gate for one in ruling.decision.gates[:3]] == ["duplicate", "crossing", "notice"]


def test_where_no_notice_goes_out_nothing_is_raised() -> None:
    ruling = on_usage(LOADED, occasion(silent="told before"), NOW)
    assert (ruling.decision.outcome, ruling.decision.signals) == ("none", ())
    assert ruling.decision.answer("notice").reason == "told before"


def test_later_only_a_limit_that_is_still_reached_counts() -> None:
    late = Undecided("d1", USAGE, CROSSING)
    assert after_all(LOADED, late, NOW).decision.outcome == "proposal"
    less = STORY.used("storage", 10**9)
    found = after_all(replace(LOADED, facts=less.facts), late, NOW)
    assert found.decision.signals == ()
    assert found.notice is None
