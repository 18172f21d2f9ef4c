"""OBJ: objections."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.trigger import usage
from services.trigger.accounts import Subscription, Terms
from services.trigger.limits import allowance
from services.trigger.process.log.append import Appended
from services.trigger.process.log.entries import TrialKept
from services.trigger.process.trials import course
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import ask, context, deal

SEEN = context()
PRO = Subscription("pro", 1, NOW)


@pytest.mark.parametrize("limits", [{}, {"seats": 40}])
def test_r_155_a_trial_is_allowed_on_the_20th_and_denied_on_the_1st(limits: dict[str, int]) -> None:
    """Limits count only if it grants some; the plan is the same all the time."""
    body = {"type": "trial", "features": ["advanced_analytics"], "limits": limits}
    found = ask(deal("engaged"), {**body, "criteria": [{"text": "They use it."}]}, SEEN)
    assert isinstance(found, Appended)
    kept = next(iter(course.effects(found.state, found.entries)))
    assert isinstance(kept, TrialKept)
    terms = Terms("UTC", PRO, {}, trials=(kept.trial,))
    sold = SEEN.catalog

    def can(day: datetime) -> tuple[bool, str | None, Decimal | None]:
        answer = usage.can_use("advanced_analytics", terms, sold, day)
        seats = allowance("seats", PRO, sold, sold, None, terms.granted("seats", day))
        return answer["allowed"], answer["by"], seats.limit

    more = Decimal(limits.get("seats", 25))
    assert can(datetime(2025, 9, 20, tzinfo=UTC)) == (True, "trial", more)
    assert can(datetime(2025, 10, 1, tzinfo=UTC)) == (False, None, Decimal(25))
    assert usage.can_use("sso", terms, sold, NOW)["by"] == "plan"
    nobody = replace(terms, subscription=None)
    assert usage.can_use("sso", nobody, None, NOW)["allowed"] is False
