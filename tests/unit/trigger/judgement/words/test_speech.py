"""The five lines of a task: what happened, why now, what to say and not to say, what next."""

from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.judgement.words.speech import is_review, is_seats_instead, task_lines
from shared.messages.facts import TaskFacts
from tests.support.catalogs import catalog
from tests.support.stories import Story, account

GLOBAL = catalog("global")


def lines(story: Story, used: int, threshold: int) -> TaskFacts:
    case = story.crossing_case("storage", used, threshold)
    return task_lines(Question.of(case), decide(case))


def keys(said: tuple[object, ...]) -> list[str]:
    return [one.key for one in said]  # type: ignore[attr-defined]


def test_all_five_are_there_if_there_is_something_to_sell() -> None:
    found = lines(account(GLOBAL, "pro"), 95 * 10**9, 95)
    assert all((found.happened, found.why_now, found.say, found.next_step))
    assert "next.price" in keys(found.next_step)


def test_to_the_unhappy_no_price_is_said() -> None:
    unhappy = account(GLOBAL, "pro").told("nps.responded", score=2, contact="c1")
    found = lines(unhappy, 95 * 10**9, 95)
    assert found.do_not_say
    assert "next.price" not in keys(found.next_step)


def test_a_renewal_without_a_claim_is_a_review() -> None:
    story, raised = account(GLOBAL, "pro").raised("nps.responded", score=10, contact="c1")
    decision = decide(story.case("nps.responded", *raised))
    assert not is_review(decision)
    assert not is_seats_instead(decision)
