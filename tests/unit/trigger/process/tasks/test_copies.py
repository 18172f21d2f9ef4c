"""What CRMs are told of a task."""

from dataclasses import replace

from services.trigger.process.log.entries import JUDGEMENT, Draft
from services.trigger.process.people import Person
from services.trigger.process.tasks.copies import copy, message, owner_of
from services.trigger.process.tasks.log import TASKS
from services.trigger.process.tasks.task import Task
from shared.messages.facts import AccountFacts
from shared.values.moments import iso
from tests.support.stories import NOW
from tests.unit.trigger.process.tasks import given


def task(revision: int = 1) -> Task:
    return replace(given.begun(), revision=revision)


def test_what_overtakes_a_raise_says_that_there_is_more_to_do() -> None:
    """Of several changes that a CRM waits for only the newest goes."""
    again = {"words": given.begun().words, "priority": "high", "due_at": iso(NOW)}
    state, seen = given.begun(), []
    for type_, body in (
        ("due", {"due_at": iso(NOW)}),
        ("raised", again),
        ("start", {}),
        ("close", {"outcome": "success"}),
        ("reopened", again),
        ("note", {"text": "x"}),
    ):
        state = TASKS.noted(state, [Draft(type_, body)], JUDGEMENT, NOW).state
        found = copy(state, None)
        seen.append((found.revision, found.raised, found.reopened))
    assert seen == [(2, 1, 0), (3, 3, 0), (4, 3, 0), (5, 3, 0), (6, 6, 6), (7, 6, 6)]


def test_each_change_is_a_message_of_its_own() -> None:
    account = AccountFacts("a", "A")
    one, two = (message(task(revision=n), account, None, NOW) for n in (1, 2))
    assert one.key != two.key
    assert one.task is not None
    assert two.task is not None
    assert one.task.key == two.task.key
    assert (one.meter, one.cls) == (None, "internal")


def test_the_owner_with_the_address_the_crm_knows() -> None:
    owned = task()
    assert owned.owner.id is not None
    known = {owned.owner.id: Person(owned.owner.id, "K", "k@example.com")}
    found = owner_of(owned, known)
    assert found is not None
    assert found.email == "k@example.com"
    assert owner_of(replace(owned, owner=replace(owned.owner, id=None)), known) is None
