"""Only true claims are made, and one at least has to be left."""

from decimal import Decimal
from typing import Any

import pytest

from services.trigger.judgement.case import Case
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.gates import claims
from services.trigger.judgement.gates.claims import Benefit, ProposalInvalid
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account

GLOBAL = catalog("global")
PRO = account(GLOBAL, "pro")
VALUE: dict[str, Any] = {
    "members": 5,
    "hours": 10,
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": "50",
    "currency": "USD",
    "source": "customer_stated",
    "said_by": "c1",
}


def renewal(story: Story) -> Case:
    return story.case("renewal", Signal("renewal", NOW))


def test_a_proposal_has_something_for_the_customer() -> None:
    with pytest.raises(ProposalInvalid, match="customer_benefit"):
        Benefit((), Decimal(1))


def test_a_renewal_alone_is_reviewed() -> None:
    case = renewal(PRO)
    assert not claims.renewal_claim(case, None)
    found = claims.gate(case, claims.worth(case))
    assert (found.result, found.code) == ("block", claims.REVIEW_ONLY)


def test_a_documented_multiple_carries_a_renewal() -> None:
    case = renewal(PRO.told("value.stated", **VALUE))
    found = claims.gate(case, claims.worth(case))
    assert found.result == "pass"


def test_a_step_that_costs_more_than_it_saves_is_not_offered() -> None:
    poor = PRO.told("value.stated", **{**VALUE, "members": 1, "hours": "0.1"})
    case = poor.case("feature.requested", Signal("feature_requested", NOW, "sso"))
    found = claims.gate(case, claims.worth(case))
    assert (found.result, found.code) == ("block", claims.VALUE_BELOW_COST)
    limit = poor.crossing_case("storage", 95 * 10**9, 95)
    assert claims.gate(limit, claims.worth(limit)).result == "pass"


def test_what_the_step_solves_is_named_once() -> None:
    story = PRO.told("feature.requested", feature="webhooks").used("storage", 95 * 10**9)
    assert claims.solved(story.case("schedule")) == ("storage", "webhooks")
    assert claims.solved(account(GLOBAL, "enterprise").case("schedule")) == ()
