"""What is said of a channel that sends, rests, or needs a person."""

from datetime import timedelta

from services.notifier.channels.registry import KINDS
from services.notifier.channels.standings import standing
from services.notifier.channels.states import ChannelState
from services.notifier.store.queue import Waiting
from tests.unit.notifier.samples import NOW

IDLE = Waiting(0, None, None)


def test_one_that_sends() -> None:
    due = NOW - timedelta(seconds=90) + KINDS.deadline("email")
    found = standing(ChannelState("email", "on"), Waiting(2, due, NOW), None, NOW, "en")
    assert (found["waiting"], found["oldest_seconds"], found["text"]) == (2, 90.0, "It sends.")
    assert found["last_delivered_at"] == "2026-11-22T12:00:00Z"


def test_one_whose_receiver_does_not_answer_says_when_it_is_asked_again() -> None:
    later = NOW + timedelta(minutes=1)
    found = standing(ChannelState("webhook", "on"), IDLE, later, NOW, "ja")
    assert (found["state"], found["resting_until"]) == ("on", "2026-11-22T12:01:00Z")
    assert "休止しています" in found["text"]


def test_one_that_needs_a_person_says_so_also_while_it_rests() -> None:
    blocked = ChannelState("hubspot", "blocked", reason="401", since=NOW, next_attempt_at=NOW)
    found = standing(blocked, IDLE, NOW + timedelta(minutes=1), NOW, "en")
    assert (found["state"], found["reason"], found["since"]) == (
        "blocked",
        "401",
        "2026-11-22T12:00:00Z",
    )
    assert found["text"].startswith("Its receiver refuses our credentials.")
