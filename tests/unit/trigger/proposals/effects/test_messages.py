"""All that a decision says, and where its tasks belong."""

from services.trigger.accounts import Person
from services.trigger.proposals.effects.messages import messages, places
from shared.messages import Tell
from tests.support import rulings
from tests.support.catalogs import catalog
from tests.support.stories import account

GLOBAL = catalog("global")
KATO = Person("u7", "Kato", None)
GB = 10**9


def test_a_person_acts_and_has_the_lines() -> None:
    told = rulings.crossed(account(GLOBAL, "pro", csm=KATO), "storage", 95 * GB, 95)
    (notice,) = [one for one in messages(told.ruling) if isinstance(one, Tell)]
    assert notice.task is not None
    assert notice.facts.task == told.ruling.lines
    assert places(told.ruling)[notice.task.key].reason == "usage"


def test_a_remedy_is_a_task_of_its_own() -> None:
    unhappy = account(GLOBAL, "pro").told("nps.responded", score=2, contact="c1")
    told = rulings.crossed(unhappy, "storage", 95 * GB, 95)
    found = [one for one in messages(told.ruling) if isinstance(one, Tell)]
    assert [one.kind for one in found] == ["usage.threshold", "crm.task"]
    where = places(told.ruling)
    assert {one.task.key for one in found if one.task is not None} <= where.keys()
    assert [one.reason for one in where.values()][-1] == "support_reinforcement"
