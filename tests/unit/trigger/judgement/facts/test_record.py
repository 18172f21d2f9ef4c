"""A ticket is what its facts say, in any order."""

from datetime import timedelta

import msgspec

from services.trigger.judgement.facts.record import EMPTY, Record, Ticket
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

DAY = timedelta(days=1)


def test_a_ticket_is_open_by_its_newest_fact() -> None:
    opened = Ticket("t", opened_at=NOW - 3 * DAY)
    assert opened.is_open
    closed = msgspec.structs.replace(opened, closed_at=NOW - DAY)
    assert not closed.is_open
    assert closed.open_at(NOW - 2 * DAY)
    again = msgspec.structs.replace(closed, reopened_at=NOW)
    assert again.is_open
    assert (again.began_at, again.began_last_at) == (NOW - 3 * DAY, NOW)
    same = msgspec.structs.replace(opened, closed_at=opened.opened_at)
    assert not same.is_open


def test_one_of_which_the_opening_is_missing_began_when_it_was_first_mentioned() -> None:
    ticket = Ticket("t", answered_at=NOW - DAY, closed_at=NOW)
    assert (ticket.began_at, ticket.last_at) == (NOW - DAY, NOW)


def test_nothing_known_is_stored_as_nothing() -> None:
    assert msgspec.json.encode(EMPTY) == b"{}"
    story = account(catalog("global"), "pro").told("nps.responded", score=9, contact="c1")
    stored = msgspec.json.encode(story.facts.record)
    assert msgspec.json.decode(stored, type=Record) == story.facts.record
