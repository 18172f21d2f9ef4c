"""Messages as the notifier receives them: what cannot be used says why, and facts stay as they
arrived.
"""

from typing import Any

import msgspec
import pytest

from services.notifier.messages import KeptFacts, read
from shared.messages import Closed, People, Tell
from shared.messages.facts import PersonFacts, SaidFacts, TaskFacts
from tests.unit.notifier.samples import NOW, facts, tell


def kept(**given: object) -> KeptFacts:
    return KeptFacts(facts(**given))


def test_a_deleted_record_is_a_tombstone() -> None:
    assert read(None) == "tombstone"


@pytest.mark.parametrize(
    "value", [b"", b"{", b"null", b"[]", b"{}", b'{"type":"unknown"}', b"\xff", b'"text"']
)
def test_what_is_no_message_is_a_reason_and_no_failure(value: bytes) -> None:
    found = read(value)
    assert isinstance(found, str)
    assert found.startswith("message: ")


@pytest.mark.parametrize("value", [[], "text", 5, True])
def test_facts_are_an_object(value: object) -> None:
    written = msgspec.json.decode(msgspec.json.encode(wire()))
    assert read(msgspec.json.encode(written)) == tell()
    found = read(msgspec.json.encode(written | {"facts": value}))
    assert isinstance(found, str)
    assert "object" in found


def wire() -> Any:
    """As trigger writes it: facts are an object."""
    told: Any = tell()
    return msgspec.structs.replace(told, facts=told.facts.json)


def test_facts_of_a_later_version_are_kept_and_only_reading_them_fails() -> None:
    written = msgspec.json.decode(msgspec.json.encode(wire()))
    written["facts"] = {"account": 5, "mood": "good"}
    found = read(msgspec.json.encode(written))
    assert isinstance(found, Tell)
    assert found.facts == KeptFacts({"account": 5, "mood": "good"})
    with pytest.raises(msgspec.ValidationError, match="account"):
        found.facts.read()


def test_the_three_kinds_are_told_apart() -> None:
    closed = Closed(key="k", account="a", meter="m", at=NOW, alerts=(), cured=True, facts=None)
    assert isinstance(read(msgspec.json.encode(closed)), Closed)
    people = People(key="k", account="a", at=NOW)
    assert read(msgspec.json.encode(people)) == people


def test_an_offer_is_withdrawn_and_all_else_stays() -> None:
    given = kept(proposal={"plan": {"id": "pro"}}, mood="good")
    assert given.without_offer() == kept(proposal=None, mood="good")
    assert given.json["proposal"] == {"plan": {"id": "pro"}}
    assert kept().without_offer() == kept()


def test_members_are_told_whom_to_ask_or_nobody() -> None:
    assert kept().asking(PersonFacts("Hanako")).json["admin"] == {"name": "Hanako"}
    assert kept(admin={"name": "Ken"}).asking(None).json["admin"] is None


def test_newer_figures_replace_the_older_and_what_they_do_not_name_stays() -> None:
    newer = KeptFacts({"used": "10", "limit": None})
    assert kept(used="9").followed_by(newer) == kept(used="10", limit=None)
    assert kept().followed_by(None) == kept()


def test_a_task_is_told_without_an_offer() -> None:
    given = kept(proposal={"plan": {"id": "pro"}}).with_task(
        TaskFacts(next_step=(SaidFacts("next.watch"),))
    )
    assert given.json["proposal"] is None
    task = given.read().task
    assert task is not None
    assert [one.key for one in task.next_step] == ["next.watch"]


def test_equal_facts_are_one_whatever_the_order_of_their_names() -> None:
    one, other = KeptFacts({"a": 1, "b": 2}), KeptFacts({"b": 2, "a": 1})
    assert len({one, other}) == 1
    assert one != KeptFacts({"a": 1, "b": 3})
    assert one != {"a": 1, "b": 2}
