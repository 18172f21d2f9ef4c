"""An account that has bought the next plan is offered nothing until that plan is in force."""

from dataclasses import replace
from datetime import timedelta

from services.trigger.judgement.facts.facts import Sold
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account

JP, GB = catalog("jp"), 10**9
SOON = NOW + timedelta(days=20)


def bought(plan: str, **more: object) -> Story:
    story = account(JP, "standard")
    contract = replace(story.facts.contract, next=Sold(plan, SOON, **more))  # type: ignore[arg-type]
    return story.having(contract=contract)


def test_the_notice_goes_out_and_the_offer_waits_for_the_day() -> None:
    decision = bought("premium").crossing("storage", 90 * GB, 90)
    assert (decision.outcome, decision.blocked_by) == ("notice", ("recommendation",))
    assert decision.answer("recommendation").reason == "sold: premium begins on 2025-10-06"
    assert decision.retry_at == SOON
    assert bought("premium").at(SOON).crossing("storage", 90 * GB, 90).outcome == "proposal"


def test_more_of_the_same_plan_or_what_was_not_known_yet_holds_nothing_back() -> None:
    assert bought("standard").crossing("storage", 90 * GB, 90).outcome == "proposal"
    assert (
        bought("premium", said_at=NOW + timedelta(days=1)).crossing("storage", 90 * GB, 90).outcome
        == "proposal"
    )
    assert bought("premium", said_at=NOW).crossing("storage", 90 * GB, 90).outcome == "notice"
