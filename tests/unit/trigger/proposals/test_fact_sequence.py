"""Facts of one account in one transaction: a few are decided one by one, many together, and nothing
they raise is lost.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.trigger.accounts import Account, Contact, Terms
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts import types
from services.trigger.proposals.fact_sequence import DECIDED_APIECE, Hearing
from services.trigger.proposals.results import Left
from shared.events import Event
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")


def loaded() -> Loaded:
    profile = Account(
        "acct-1",
        "Aozora",
        "ja-JP",
        time_zone="Asia/Tokyo",
        country="JP",
        contacts=(Contact("c1", "Hanako", "owner", "h@example.com"),),
    )
    facts = replace(account(GLOBAL, "starter").facts, account=profile)
    return Loaded(Terms("Asia/Tokyo", None, {}), GLOBAL, facts)


def event(number: int, type_: str, at: datetime = NOW, **data: Any) -> Event:
    given = {key.rstrip("_"): value for key, value in data.items()}
    return Event(id=f"f{number}", source="/crm", type=type_, subject="acct-1", time=at, data=given)


def heard(events: Iterable[Event]) -> tuple[Hearing, Left]:
    left = Left()
    hearing = Hearing(loaded(), NOW, left)
    for one in events:
        hearing.hear(one, types.read(one.type, one.data or {}))
    hearing.end()
    return hearing, left


def tickets(count: int, at: datetime = NOW) -> list[Event]:
    return [
        event(number, "ticket.opened", at, ticket=f"t{number}", class_="how_to_utilise")
        for number in range(count)
    ]


def test_a_few_are_decided_one_by_one() -> None:
    _, left = heard(tickets(DECIDED_APIECE))
    assert len(left.decisions) == len({one.id for one in left.decisions}) == DECIDED_APIECE


def test_masses_are_decided_together_and_all_of_them_are_remembered() -> None:
    hearing, left = heard(tickets(200))
    assert len(left.decisions) == DECIDED_APIECE + 1
    assert len(hearing.loaded.facts.record.tickets) == 200


def test_history_and_routine_decide_nothing() -> None:
    old = tickets(200, NOW - timedelta(days=30))
    used = [event(number, "feature.used", feature=f"f{number}") for number in range(1_000, 1_200)]
    hearing, left = heard([*old, *used])
    assert left.decisions == []
    assert len(hearing.loaded.facts.record.used) == 200


def test_what_is_raised_in_the_mass_is_in_its_decision_once() -> None:
    asked = [event(number, "feature.requested", feature="sso") for number in range(1_000, 1_005)]
    joining = [
        event(2_000, "cancel.intent", reason="price"),
        event(2_001, "cancel.intent", reason="price, again"),
    ]
    _, left = heard([*tickets(100), *asked, *joining, *tickets(1)])
    assert len(left.decisions) == DECIDED_APIECE + 1
    assert left.decisions[-1].signals == ("feature_requested", "cancel_intent")
    raised = [(one.signal.type, one.signal.key) for one in left.changes.signals]
    assert raised == [("feature_requested", "sso"), ("cancel_intent", "")]


def test_a_signature_in_the_mass_answers_the_quote_before_it() -> None:
    quote, signed = (
        event(1_000, "quote.presented", plan="pro"),
        event(1_001, "contract.signed", plan="pro"),
    )
    _, left = heard([*tickets(100), quote, signed])
    assert [one.signal.type for one in left.changes.signals] == []
    assert left.decisions[-1].cause == "contract.signed"
