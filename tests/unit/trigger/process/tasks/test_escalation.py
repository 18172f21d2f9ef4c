"""What is overdue is told to the owner's manager."""

from dataclasses import replace

from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.tasks import escalation
from services.trigger.process.tasks.words import said
from tests.unit.trigger.process.tasks.given import PEOPLE, begun, context

PEOPLE_ABOVE = PEOPLE | {"u7": replace(PEOPLE["u7"], manager="m1")}


def test_bp_09_the_managers_task_names_it_and_is_as_urgent_as_can_be() -> None:
    seen, task = context(), begun("competitor", decision="d1")
    manager = escalation.manager_of(task, PEOPLE_ABOVE)
    assert manager is not None
    made = escalation.opening(task, manager, task.due_at, seen.account, seen.policy)
    assert (made.reason, made.about, made.type, made.priority) == (
        "escalation",
        task.id,
        "risk",
        "high",
    )
    assert (made.owner, made.decision) == (Owner("cs", "m1", "Abe"), "d1")
    title = "They gave an NPS of 9"
    assert said(made.words, "en").about == f"Talk to Kato about “{title}”, or take it over"
    assert "「NPSで9点をいただきました」" in said(made.words, "ja").title


def test_nobody_hears_of_it_where_nobody_is_above() -> None:
    task = begun("competitor")
    assert escalation.manager_of(task, PEOPLE) is None
    assert escalation.manager_of(replace(task, owner=Owner("cs")), PEOPLE_ABOVE) is None
    left = PEOPLE_ABOVE | {"m1": replace(PEOPLE["m1"], active=False)}
    assert escalation.manager_of(task, left) is None
    assert escalation.escalated(None).body == {"to": None}
