"""What an objection leaves to do."""

from services.trigger.process.talk.errands import goal


def test_to_find_out_what_they_want_to_reach() -> None:
    asked = goal()
    assert (asked.reason, asked.about) == ("goal", "")
    assert [one.key for one in asked.words.say] == ["goal.quarter"]
