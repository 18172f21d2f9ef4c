"""What CRMs are told of a task."""

from dataclasses import replace

import pytest

from services.trigger.process.people import Person
from services.trigger.process.tasks.copies import copy, message, owner_of
from services.trigger.process.tasks.task import Task
from shared.messages.facts import AccountFacts
from tests.support.stories import NOW
from tests.unit.trigger.process.tasks import given


def task(revision: int = 1) -> Task:
    return replace(given.begun(), revision=revision)


@pytest.mark.parametrize(
    ("entries", "raised", "reopened"),
    [(["opened"], 1, 0), (["snooze"], 0, 0), (["reopened"], 1, 1), (["raised", "owner"], 1, 0)],
)
def test_what_there_is_more_to_do(entries: list[str], raised: int, reopened: int) -> None:
    found = copy(task(revision=1), None, entries)
    assert (found.raised, found.reopened) == (raised, reopened)


def test_each_change_is_a_message_of_its_own() -> None:
    account = AccountFacts("a", "A")
    one, two = (message(task(revision=n), account, None, [], NOW) for n in (1, 2))
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
