"""What may be said for the plan of a deal (R-120, R-131)."""

from services.trigger.process.talk.speech import spoken
from tests.support.stories import day
from tests.unit.trigger.process.cases import context, deal, having, story


def test_r_120_nothing_about_what_they_have_said_they_do_not_need() -> None:
    told = story()
    for at in ("2025-06-10", "2025-08-20"):
        told = told.told("feature.requested", day(at), feature="advanced_security")
    seen, state = context(told=told), deal()
    assert "unlock" in {one.key for one in spoken(state, seen)}
    state = having(state, "need", feature="advanced_security", status="refuted", said_by="c1")
    assert "unlock" not in {one.key for one in spoken(state, seen)}
