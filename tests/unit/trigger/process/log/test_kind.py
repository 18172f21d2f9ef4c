"""A log of whatever kind: the fold, and entries that are appended by themselves."""

from services.trigger.process.log.kind import Appended, nothing_follows
from tests.unit.trigger.process.cases import context, deal, having


def test_what_was_appended_after_it_is_added() -> None:
    one = having(deal(), "note", text="one")
    two = having(one, "note", text="two")
    first, second = Appended(one, one.entries[1:]), Appended(two, two.entries[2:])
    both = first.then(second)
    assert both.state == two
    assert [entry.body["text"] for entry in both.entries] == ["one", "two"]


def test_by_itself_nothing_follows() -> None:
    found = nothing_follows(deal(), deal(), context())
    assert (found.drafts, found.effects) == ((), ())
