"""No two of our people write to a customer within 24 hours."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.trigger.process.log.entries import Actor, By
from services.trigger.process.log.voice import Voice
from services.trigger.process.voices import blocked_until, speaker, two_voices
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import PEOPLE, context, deal

DAY, HOUR = timedelta(hours=24), timedelta(hours=1)


@pytest.mark.parametrize(
    ("voice", "until"),
    [
        (Voice("s1", "s1", NOW - HOUR), NOW - HOUR + DAY),
        (Voice("s1", "s1", NOW - DAY), None),
        (Voice("s1", "s1", NOW - DAY + timedelta(microseconds=1)), NOW + timedelta(microseconds=1)),
        (Voice("s1", "s1", NOW + HOUR, waits=True), NOW + HOUR + DAY),
        (Voice("s1", "s1", NOW - 3 * DAY, waits=True), NOW + DAY),
        (Voice("u7", "u7", NOW), None),
        (Voice("s1", "u7", NOW), None),
        (Voice("u7", "s1", NOW), None),
        (Voice("s1", None, NOW), None),
        (Voice("m1", "u7", NOW, meant="u7"), NOW + DAY),
        (Voice("m1", "s1", NOW, meant="u7"), None),
        (Voice(None, None, NOW, waits=True), None),
    ],
)
def test_what_another_person_wrote_counts_for_a_day(voice: Voice, until: object) -> None:
    """What was signed anew counts for nobody; a leader's mail is the leader's."""
    assert blocked_until([voice], "u7", NOW) == until


def test_the_last_of_several_says_until_when() -> None:
    several = [Voice("s1", "s1", NOW - HOUR), Voice("m1", "m1", NOW), Voice("u7", "u7", NOW)]
    assert blocked_until(several, "u7", NOW) == NOW + DAY
    assert blocked_until([], "u7", NOW) is None


def test_a_key_without_a_person_speaks_for_the_owner() -> None:
    state, key = deal(), Actor(By("key", "k"))
    assert (speaker(state, key), speaker(state, None)) == ("u7", "u7")
    assert speaker(state, Actor(By("person", "m1"), PEOPLE["m1"])) == "m1"
    seen = replace(context(), actor=key, voices=(Voice("u7", "u7", NOW),))
    assert list(two_voices(state, seen)) == []
    assert list(two_voices(deal(owner="s1"), seen)) == ["two_voices: until 2025-09-17T00:00:00Z"]
