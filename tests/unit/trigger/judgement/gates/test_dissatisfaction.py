"""What counts as unhappy, each sign by itself, and when it is over."""

from datetime import timedelta

from services.trigger.judgement.gates import dissatisfaction
from services.trigger.judgement.gates.dissatisfaction import (
    complaints,
    counted_tickets,
    low_scores,
    newest_by_contact,
    severe_bugs,
)
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account

GLOBAL = catalog("global")
PRO = account(GLOBAL, "pro")
DAY = timedelta(days=1)


def found(story: Story) -> list[str]:
    return [one.reason for one in complaints(story.facts.record, GLOBAL.policy, story.now)]


def test_only_the_newest_answer_of_a_contact_counts() -> None:
    story = PRO.told("nps.responded", NOW - 3 * DAY, score=3, contact="c1")
    assert found(story) == ["NPS 3 on 2025-09-13"]
    better = story.told("nps.responded", NOW - DAY, score=8, contact="c1")
    assert found(better) == []
    other = story.told("nps.responded", NOW - DAY, score=8, contact="c2")
    assert found(other) == ["NPS 3 on 2025-09-13"]
    assert [one.score for one in newest_by_contact(better.facts.record.nps, NOW)] == [8]


def test_who_has_left_is_not_heard() -> None:
    story = PRO.told("nps.responded", NOW - DAY, score=0, contact="c9")
    record, policy = story.facts.record, GLOBAL.policy
    assert low_scores(record, policy, NOW, former=("c9",)) == []
    assert len(low_scores(record, policy, NOW)) == 1


def test_a_severe_bug_blocks_while_it_is_open() -> None:
    bug = {"ticket": "b1", "class_": "bug", "severity": "urgent"}
    story = PRO.told("ticket.opened", NOW - 5 * DAY, **bug)
    (one,) = severe_bugs(story.facts.record, GLOBAL.policy, NOW)
    assert (one.reason, one.until) == ("1 severe bug open", "the severe bugs are closed")
    closed = story.told("ticket.closed", NOW - DAY, ticket="b1")
    assert severe_bugs(closed.facts.record, GLOBAL.policy, NOW) == []


def test_many_tickets_end_after_quiet_days() -> None:
    many = GLOBAL.policy.tickets_high_30d
    story = PRO.tickets("complaint", many, NOW - 2 * DAY)
    (one,) = counted_tickets(story.facts.record, GLOBAL.policy, NOW)
    assert one.ends == NOW + 28 * DAY
    for ticket in list(story.facts.record.tickets):
        story = story.told("ticket.closed", NOW - DAY, ticket=ticket)
    (one,) = counted_tickets(story.facts.record, GLOBAL.policy, NOW)
    assert one.ends == NOW + 13 * DAY
    assert counted_tickets(story.facts.record, GLOBAL.policy, NOW + 13 * DAY) == []


def test_the_gate_says_when_only_time_is_needed() -> None:
    story = PRO.tickets("complaint", GLOBAL.policy.tickets_high_30d, NOW - 2 * DAY)
    answer = dissatisfaction.gate(story.case("schedule"))
    assert (answer.result, answer.retry_at) == ("block", NOW + 28 * DAY)
    both = story.told("nps.responded", NOW - DAY, score=1, contact="c1")
    answer = dissatisfaction.gate(both.case("schedule"))
    assert (answer.retry_at, "a better answer" in str(answer.evidence["clears_when"])) == (
        None,
        True,
    )
    assert dissatisfaction.gate(PRO.case("schedule")).result == "pass"
