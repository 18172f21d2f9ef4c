"""What holds for every account, whatever is known of it (issue 5, Done 4)."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from services.trigger.judgement import intake
from services.trigger.judgement.pipeline import GATES, SUPPRESSIONS, decide
from services.trigger.judgement.qualification import qualify
from services.trigger.judgement.record import EMPTY
from tests.support.catalogs import catalog
from tests.support.stories import Story, account
from tests.unit.judgement.told import FACTS, Told, tell

GLOBAL = catalog("global")
PLANS = st.sampled_from(["starter", "pro", "enterprise"])
LEVELS = st.sampled_from([80, 90, 95, 100])


def crossing(plan: str, level: int, facts: list[Told]) -> Story:
    story = account(GLOBAL, plan)
    limit = story.limit("storage") or 10**12
    return tell(story.used("storage", limit * level / 100), facts)


def decided(story: Story, level: int) -> object:
    return decide(story.crossing_case("storage", story.facts.usage["storage"].used, level)).json()


@given(PLANS, LEVELS, FACTS)
@settings(max_examples=300, deadline=None)
def test_nothing_is_sold_while_anything_blocks_and_the_notice_always_goes(plan: str, level: int, facts: list[Told]) -> None:
    story = crossing(plan, level, facts)
    decision = decide(story.crossing_case("storage", story.facts.usage["storage"].used, level))
    assert [gate.gate for gate in decision.gates] == [name for name, _ in GATES]
    assert decision.answer("notice").result == "pass"
    assert not (decision.sells and decision.blocked_by)
    if set(decision.blocked_by) & SUPPRESSIONS:
        assert decision.outcome == "withheld"
    assert decision.outcome != "none"


@given(PLANS, LEVELS, FACTS)
@settings(max_examples=200, deadline=None)
def test_never_more_than_one_step(plan: str, level: int, facts: list[Told]) -> None:
    story = crossing(plan, level, facts)
    decision = decide(story.crossing_case("storage", story.facts.usage["storage"].used, level))
    following = GLOBAL.next_plan(plan)
    if decision.recommendation is not None:
        assert following is not None
        assert decision.recommendation.plan == following.id


@given(FACTS, st.randoms(use_true_random=False), LEVELS)
@settings(max_examples=200, deadline=None)
def test_the_same_facts_in_any_order_give_the_same_decision(facts: list[Told], random: object, level: int) -> None:
    story = crossing("pro", level, facts)
    shuffled = list(story.seen)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = replace(story, facts=replace(story.facts, record=intake.grown(EMPTY, shuffled)))
    assert again.facts.record == story.facts.record
    assert decided(again, level) == decided(story, level)


@given(FACTS, st.data())
@settings(max_examples=200, deadline=None)
def test_removing_a_fact_never_turns_unknown_into_yes(facts: list[Told], data: st.DataObject) -> None:
    """Stated verdicts may fall back on an older statement; from no statement there is no way to a yes.

    A ticket is sorted once here: without a later word that sorted it anew, the earlier one holds again.
    """
    once = {one[2]["ticket"]: one for one in facts if "class_" in one[2]}
    story = crossing("pro", 95, [one for one in facts if "class_" not in one[2] or once[one[2]["ticket"]] is one])
    if not story.seen:
        return
    gone = data.draw(st.integers(0, len(story.seen) - 1))
    without = [fact for index, fact in enumerate(story.seen) if index != gone]
    less = replace(story, facts=replace(story.facts, record=intake.grown(EMPTY, without)))
    before = {found.criterion: found.verdict for found in qualify(story.case("schedule")).findings}
    after = {found.criterion: found.verdict for found in qualify(less.case("schedule")).findings}
    assert not [criterion for criterion in before if before[criterion] == "unknown" and after[criterion] == "yes"]


@given(PLANS, LEVELS, FACTS)
@settings(max_examples=100, deadline=None)
def test_every_block_says_what_ends_it(plan: str, level: int, facts: list[Told]) -> None:
    story = crossing(plan, level, facts)
    decision = decide(story.crossing_case("storage", story.facts.usage["storage"].used, level))
    for gate in decision.gates:
        if gate.answer.result == "block":
            assert {"retry_at", "clears_when"} & set(gate.answer.evidence), gate
        if gate.answer.retry_at is not None:
            assert gate.answer.retry_at > story.now
