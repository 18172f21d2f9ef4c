"""The same facts give the same record in any order."""

from datetime import timedelta
from itertools import permutations

from services.trigger.judgement.facts import intake
from services.trigger.judgement.facts.record import EMPTY
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account

DAY = timedelta(days=1)


def story() -> Story:
    found = account(catalog("global"), "pro")
    found = found.told("ticket.opened", NOW - 3 * DAY, ticket="t", class_="bug", severity="low")
    found = found.told("ticket.closed", NOW - 2 * DAY, ticket="t")
    found = found.told("ticket.opened", NOW - DAY, ticket="t", class_="complaint")
    found = found.told("login.recorded", NOW - DAY, user="a")
    return found.told("feature.used", NOW, feature="sso")


def test_in_any_order() -> None:
    told = story()
    for facts in permutations(told.seen):
        record = EMPTY
        for fact in facts:
            record = intake.grow(record, fact)
        assert record == told.facts.record


def test_each_value_of_a_ticket_is_the_newest_that_was_said() -> None:
    ticket = story().facts.record.tickets["t"]
    assert (ticket.cls, ticket.severity) == ("complaint", "low")
    assert (ticket.opened_at, ticket.reopened_at) == (NOW - 3 * DAY, NOW - DAY)


def test_what_no_rule_reads_any_more_is_dropped() -> None:
    old = account(catalog("global"), "pro").told("login.recorded", NOW - 101 * DAY, user="a")
    assert old.facts.record.active_days
    assert not old.told("login.recorded", NOW, user="b").facts.record.active_days[1:]
    newest = old.told("login.recorded", NOW, user="b").facts.record
    assert newest.newest == NOW
