"""docs/judgement.md has every signal, gate and rule in its order, and its example is what the gates
answer.
"""

import re
from datetime import datetime

from services.trigger.accounts import Person
from services.trigger.judgement.findings.qualification import CRITERIA
from services.trigger.judgement.findings.routing import RULES
from services.trigger.judgement.findings.signals import PRIORITY, of_crossing
from services.trigger.judgement.pipeline import GATES, decide
from tests.support.catalogs import catalog
from tests.support.pages import ROOT, rows, section
from tests.support.stories import NOW, Story, account, day

PAGE = ROOT / "docs" / "judgement.md"
GB = 10**9


def names(heading: str) -> list[str]:
    """The first cells of a section's tables, as far as they are names."""
    return [
        found[1]
        for row in rows(section(PAGE, heading))
        if (found := re.fullmatch(r"`([\w-]+)`", row[0]))
    ]


def gates() -> list[tuple[str, str]]:
    """(name, what is done instead) of each row."""
    return [
        (name.strip("`"), instead.strip("`"))
        for name, _, _, instead in rows(
            section(PAGE, "The gates, in order").partition("What a block means")[0]
        )
    ]


def test_signals_gates_rules_and_criteria_are_there_in_their_order() -> None:
    assert names("What raises a decision") == list(PRIORITY)
    assert gates() == [(gate.name, gate.remedy.task if gate.remedy else "") for gate in GATES]
    assert names("Who proposes") == [rule.id for rule in RULES]
    assert names("Is it worth a person's time?")[: len(CRITERIA)] == list(CRITERIA)
    first, last = re.findall(
        r"a suppression \(`(\w+)` to `(\w+)`\)", section(PAGE, "The gates, in order")
    )[0]
    inside = names("The gates, in order")
    assert set(inside[inside.index(first) : inside.index(last) + 1]) == GATES.suppressions


def tanuki() -> Story:
    story = account(catalog("global"), "pro", since="2024-01-10", csm=Person("u1", "Kato")).active(
        12
    )
    story = story.told("nps.responded", day("2025-09-01"), score=4, contact="c1")
    return story.tickets("bug", 3, day("2025-09-05")).tickets("complaint", 2, day("2025-09-06"))


def test_tanuki_is_answered_as_the_page_says() -> None:
    decision = tanuki().crossing("storage", 95 * GB, 95)
    answered = [
        [f"`{gate.gate}`", gate.answer.result, gate.answer.reason] for gate in decision.gates
    ]
    assert list(rows(section(PAGE, "An example: Tanuki"))) == answered
    assert decision.outcome == "withheld"
    (remedy,) = decision.remedies
    assert (remedy.task, remedy.due_at) == ("support_reinforcement", day("2025-09-18"))


def later(story: Story, now: datetime) -> Story:
    """They go on using it."""
    return story.active(12, until=now).at(now)


def test_tanuki_is_asked_again_when_the_page_says() -> None:
    case = tanuki().crossing_case("storage", 95 * GB, 95)
    (waits,) = of_crossing(case.crossing, case.facts.usage["storage"], case.policy, NOW)  # type: ignore[arg-type]
    full = tanuki().used("storage", 95 * GB)
    answered, raised = later(full, day("2025-10-02")).raised("nps.responded", score=8, contact="c1")
    assert raised == ()
    still = decide(answered.case("nps.responded", waits))
    assert (still.outcome, still.blocked_by, still.retry_at) == (
        "withheld",
        ("dissatisfied",),
        day("2025-10-06"),
    )
    then = decide(later(answered, day("2025-10-06")).case("schedule", waits))
    assert (then.outcome, then.blocked_by) == ("assisted", ())
    assert then.recommendation is not None
    assert then.recommendation.plan == "enterprise"
