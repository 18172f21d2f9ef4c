"""A task names only reasons that still hold."""

from dataclasses import replace
from datetime import timedelta

from services.trigger.accounts import Terms
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts.facts import Opportunity, Signal
from services.trigger.proposals.expiry import eased, ends
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account

GLOBAL = catalog("global")
TOLD = (("feature_requested", "sso"), ("usage_limit", "storage"))


def loaded(story: Story, *signals: Signal) -> Loaded:
    deal = Opportunity("o1", "pro", ("usage_limit",), "cs", told=TOLD)
    facts = replace(story.facts, opportunities=(deal,), signals=signals)
    return Loaded(Terms("Asia/Tokyo", None, {}), GLOBAL, facts)


def test_what_expired_leaves_the_task() -> None:
    story = account(GLOBAL, "starter").used("storage", 9 * 10**9)
    limit = Signal("usage_limit", NOW, "storage")
    ((deal, left, tell),) = eased(loaded(story, limit), NOW)
    assert (deal.id, left) == ("o1", (("usage_limit", "storage"),))
    assert tell.task is not None
    assert tell.task.eases


def test_nothing_left_is_over_and_nothing_expired_is_nothing() -> None:
    story = account(GLOBAL, "starter")
    ((_, left, tell),) = eased(loaded(story), NOW)
    assert left == ()
    assert tell.facts.task is not None
    assert [one.key for one in tell.facts.task.happened] == ["signal.over"]
    both = [Signal(type_, NOW, key) for type_, key in TOLD]
    assert eased(loaded(story, *both), NOW) == []


def test_the_first_end_of_a_named_reason() -> None:
    story = account(GLOBAL, "starter")
    until = NOW + timedelta(days=3)
    named = Signal("feature_requested", NOW, "sso", until)
    other = Signal("nps_high", NOW, "", NOW + timedelta(days=1))
    assert ends(loaded(story, named, other), NOW) == until
    assert ends(loaded(story, other), NOW) is None
