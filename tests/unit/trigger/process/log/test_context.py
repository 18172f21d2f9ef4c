"""What a guard may look at: the account, judgement's view of it, its people."""

from dataclasses import replace

from services.trigger.accounts import Person
from tests.unit.trigger.process.cases import PEOPLE, context, story


def test_who_has_left_is_stood_in_for() -> None:
    seen = context()
    assert seen.csm == PEOPLE["u7"]
    left = replace(seen, account=replace(seen.account, csm=Person("gone", "Old", None)))
    assert left.csm == PEOPLE["m1"]
    assert replace(seen, account=replace(seen.account, csm=None)).csm is None
    assert seen.ae is None


def test_names_in_the_language_that_is_asked_for() -> None:
    seen = context()
    assert seen.locale == "ja-JP"
    english = replace(seen, language="en")
    assert (english.feature_name("sso"), english.feature_name("teleport")) == ("SSO", "teleport")
    assert english.feature_name(None) is None
    assert (seen.name_of("u7"), seen.name_of("nobody"), seen.name_of(None)) == ("Kato", None, None)


def test_nothing_to_judge_without_a_plan() -> None:
    assert context().verdict == "needs_discovery"
    nobody = replace(story(), facts=replace(story().facts, subscription=None))
    assert context(told=nobody).verdict is None
    assert context(told=nobody).plan is None
