"""Tasks: what a person should say is in them."""

from datetime import timedelta

from services.trigger.accounts import Person
from services.trigger.judgement.decision import Remedy
from services.trigger.proposals.effects import tasks
from tests.support import rulings
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
KATO = Person("u7", "Kato", None)
GB = 10**9


def told() -> rulings.Told:
    return rulings.crossed(account(GLOBAL, "pro", csm=KATO), "storage", 95 * GB, 95)


def test_the_task_of_a_deal_is_as_urgent_as_its_most_urgent_reason() -> None:
    tell = tasks.opportunity_task(told().ruling)
    assert tell.task is not None
    assert tell.task.priority == "high"
    assert tell.task.owner is not None
    assert tell.task.owner.id == "u7"


def test_a_remedy_has_the_lines_of_the_decision_and_a_next_step_of_its_own() -> None:
    ruling, day = told().ruling, NOW + timedelta(days=3)
    retention = Remedy("retention", "cs", day, "health")
    quiet = Remedy("support_reinforcement", "cs", day, "health")
    asked, calm = (tasks.remedy_task(ruling, one) for one in (retention, quiet))
    assert asked.facts.task is not None
    assert calm.facts.task is not None
    assert asked.facts.task.happened == calm.facts.task.happened == ruling.lines.happened
    assert [one.key for one in calm.facts.task.next_step] == ["remedy.support_reinforcement"]
    assert asked.key != calm.key
