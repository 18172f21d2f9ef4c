"""The findings about the offer, each computed once."""

from dataclasses import replace
from decimal import Decimal

from services.trigger.accounts import Person
from services.trigger.judgement.question import Question
from tests.support import stories
from tests.support.catalogs import catalog
from tests.support.stories import account

GLOBAL = catalog("global")


def test_a_plan_is_offered_and_who_acts_is_known() -> None:
    question = Question.of(account(GLOBAL, "pro", quantity=5).case("schedule"))
    assert (question.offers, question.offered) == (True, ("enterprise", None))
    assert question.route is not None
    assert (question.route.rule, question.route.deal_value) == ("OWN-3", "75000.00")
    assert question.qualification is not None


def test_nothing_above_is_nothing_offered() -> None:
    question = Question.of(account(GLOBAL, "enterprise").case("schedule"))
    assert (question.offers, question.route, question.qualification) == (False, None, None)


def test_nobody_judges_a_persons_time_where_nobody_acts() -> None:
    question = Question.of(account(GLOBAL, "starter").case("schedule"))
    assert question.route is not None
    assert (question.route.owner, question.qualification) == ("self_serve", None)


def test_once_raised_it_stays() -> None:
    raised = replace(stories.opportunity("pro", "usage_limit"), owner="hybrid")
    story = account(GLOBAL, "starter").having(opportunities=(raised,))
    bought = Question.of(replace(story, catalog=GLOBAL).case("schedule"))
    assert bought.route is not None
    assert bought.route.rule == "OWN-1"
    pro = account(GLOBAL, "pro").having(opportunities=(replace(raised, plan="enterprise"),))
    found = Question.of(pro.case("schedule")).route
    assert found is not None
    assert found.rule == "OWN-7"


def test_a_managed_account_is_asked_about_first() -> None:
    policy = replace(GLOBAL.policy, human_first={"USD": Decimal(588)})
    managed = replace(GLOBAL, policy=policy)
    story = account(managed, "starter", csm=Person("u7", "Kato", None))
    asked = story.case("schedule")
    first, later = Question.of(asked).route, Question.of(replace(asked, person_had_time=True)).route
    assert first is not None
    assert later is not None
    assert (first.rule, later.rule) == ("OWN-9", "OWN-1")
