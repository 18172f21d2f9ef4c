"""Tasks that messages of judgement and alerts ask for: one life of each, whoever asks again."""

from datetime import timedelta
from typing import Any

import pytest

from services.trigger.process.log.entries import JUDGEMENT
from services.trigger.process.people import Person
from services.trigger.process.tasks import copies, messages, words
from services.trigger.process.tasks.log import TASKS
from services.trigger.process.tasks.places import Place
from services.trigger.process.tasks.task import Task
from shared.messages import Closed, ClosedAlert, Owner, Tell
from shared.messages import Task as Asked
from shared.messages.facts import AccountFacts, Facts
from tests.unit.trigger.process.tasks.given import LINES, PEOPLE, begun, context, having

NOW = context().at
DAY = timedelta(days=1)
ACCOUNT = AccountFacts("acct-1", "Aozora")
USAGE = Place("usage", "storage")
KATO = Owner("cs", "u7", "Kato", "kato@example.com")


def told(threshold: int | None = 80, decision: str = "d1", **task: Any) -> Tell:
    asked: dict[str, Any] = {
        "key": "k1",
        "purpose": "usage",
        "priority": "low",
        "owner": KATO,
        "due_at": NOW + 7 * DAY,
    }
    facts = Facts(account=ACCOUNT, task=LINES, threshold=threshold, limit_text="100")
    return Tell(
        key=f"m-{decision}",
        kind="usage.threshold",
        cls="notice",
        account="acct-1",
        created_at=NOW,
        facts=facts,
        task=Asked(**(asked | task)),
        meter="storage",
        threshold=threshold,
        alert=f"a{threshold}",
        decision=decision,
    )


def opened(tell: Tell, place: Place = USAGE) -> Task:
    made = messages.opening(tell, place, PEOPLE)
    return TASKS.begun(made.subject(), "acct-1", made.draft(), JUDGEMENT, NOW).state


def test_a_usage_task_has_the_key_of_its_chain_and_names_alert_and_decision() -> None:
    task = opened(told())
    assert (task.id, task.reason, task.about, task.type) == (
        "k1",
        "usage",
        "storage",
        "expansion",
    )
    assert (task.alert, task.decision, task.owner.id) == ("a80", "d1", "u7")


def test_other_tasks_have_an_id_of_what_opened_them_unless_they_had_one_before() -> None:
    place = Place("retention", "cancel_intent")
    first, second = opened(told(None), place), opened(told(None, "d2"), place)
    assert len({first.id, second.id, "k1"}) == 3
    assert opened(told(None), Place("opportunity", "pro", "o1", known=True)).id == "k1"
    made = messages.opening(told(None), place, PEOPLE)
    assert made.subject() == messages.subject(told(None), place)
    assert messages.another(made, NOW) != made.subject()


def test_a_gate_of_an_extension_has_a_task_of_its_own() -> None:
    assert opened(told(None), Place("call_the_board", "their_gate")).type == "lifecycle"


def test_eighty_then_ninety_is_one_task_with_two_entries() -> None:
    task = opened(told())
    tell = told(90, "d2", priority="medium", due_at=NOW + 3 * DAY)
    draft = messages.raising(messages.opening(tell, USAGE, PEOPLE), tell, task)
    assert draft.type == "raised"
    after = having(task, draft.type, **draft.body)
    assert (after.priority, after.due_at, after.decision, after.revision) == (
        "medium",
        NOW + 3 * DAY,
        "d2",
        2,
    )


def test_what_eases_is_less_urgent_and_due_when_it_was() -> None:
    task = opened(told(priority="high", due_at=NOW + DAY))
    tell = told(priority="medium", due_at=NOW + 3 * DAY, eases=True)
    assert messages.eases(tell)
    draft = messages.raising(messages.opening(tell, USAGE, PEOPLE), tell, task)
    after = having(task, draft.type, **draft.body)
    assert (after.priority, after.due_at) == ("medium", NOW + DAY)


@pytest.mark.parametrize(
    ("before", "now", "right"),
    [(80, 90, True), (90, 90, False), (90, 80, False), (None, 90, False)],
)
def test_only_a_higher_threshold_reopens(before: int | None, now: int, right: bool) -> None:
    assert messages.climbs(told(now), opened(told(before))) is right


@pytest.mark.parametrize(
    ("resolution", "outcome"),
    [
        ("limit", "success"),
        ("unlimited", "success"),
        ("below", "no_success"),
        ("correction", "no_success"),
        ("reset", "no_success"),
        ("cancelled", "invalid"),
    ],
)
def test_a_cure_says_how_the_task_ends(resolution: str, outcome: str) -> None:
    alerts = (ClosedAlert("a80", "superseded"), ClosedAlert("a90", "resolved", resolution))
    found = messages.cured(Closed("c", "acct-1", "storage", NOW, alerts, True))
    assert (found.key, found.outcome, found.cause) == (
        ("acct-1", "usage", "storage"),
        outcome,
        resolution,
    )


def test_who_left_has_a_manager_who_has_it_now() -> None:
    def owner(asked: Owner | None) -> str | None:
        return messages.opening(told(owner=asked), USAGE, PEOPLE).owner.id

    assert owner(Owner("cs", "gone", "Old")) == "m1"
    assert owner(Owner("cs", "nobody", "New")) == "nobody"
    assert owner(None) is None


def test_the_message_says_what_the_task_shall_be_now() -> None:
    task = having(opened(told()), "snooze", snoozed_until=(NOW + 30 * DAY).isoformat(), reason="x")
    found = messages.told(told(), task, PEOPLE).task
    assert found is not None
    assert (found.key, found.revision, found.raised, found.reopened) == ("k1", 2, 1, 0)
    assert (found.state, found.snoozed_until) == ("snoozed", NOW + 30 * DAY)
    assert found.owner == KATO, "the address that the account states"
    given = having(
        task, "owner", person="s1", owner={"role": "cs", "id": "s1", "name": "Mori"}, before=None
    )
    mori = {"s1": Person("s1", "Mori", "mori@example.com")}
    found = messages.told(told(), given, mori).task
    assert found is not None
    assert (found.owner, found.revision) == (Owner("cs", "s1", "Mori", "mori@example.com"), 3)


def test_a_change_of_people_is_a_message_of_its_own() -> None:
    task = opened(told())
    tell = copies.message(task, ACCOUNT, None, NOW)
    assert (tell.kind, tell.cls, tell.meter, tell.alert) == (
        "crm.task",
        "internal",
        "storage",
        None,
    )
    assert tell.task is not None
    assert (tell.task.purpose, tell.task.raised, tell.facts.task) == ("usage", 1, LINES)
    assert copies.copy(begun("retention"), None).purpose == "remedy"


def test_what_a_person_wrote_is_said_as_it_is() -> None:
    facts = words.facts_of(words.written("Send it", "They asked."), ACCOUNT)
    assert facts.task is not None
    assert [one.variables for one in (*facts.task.happened, *facts.task.next_step)] == [
        {"text": "They asked."},
        {"title": "Send it"},
    ]
    assert words.facts_of(words.written("Send it", None), ACCOUNT).task is not None
