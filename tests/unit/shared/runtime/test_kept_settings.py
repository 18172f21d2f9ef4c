"""Retention settings: one that would change a decision or delete what other data need is refused,
with the reason.
"""

import pytest

from shared.runtime.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    ("given", "path", "reason"),
    [
        (
            {"FACTS": "1099"},
            "FACTS",
            (
                "must be at least 1100 days: "
                "a fact may arrive up to three years late and must count only once"
            ),
        ),
        ({"DECISIONS": "399"}, "DECISIONS", "must be at least 400 days: judgement counts"),
        ({"INBOX": "29"}, "INBOX", "must be at least 30 days"),
        ({"DELIVERIES": "29"}, "DELIVERIES", "must be at least 30 days"),
        (
            {"MESSAGES": "399", "INBOX": "400"},
            "MESSAGES",
            "must be at least PLIMSOLL_KEEP_INBOX (400): an inbox item is rendered from",
        ),
        (
            {"MESSAGES": "100", "INBOX": "60", "DELIVERIES": "101"},
            "MESSAGES",
            "must be at least PLIMSOLL_KEEP_DELIVERIES (101)",
        ),
        (
            {"REJECTED": "35"},
            "REJECTED",
            "must be more than PLIMSOLL_DEDUPE_DAYS (35): a replay must know what was rejected",
        ),
        ({"FACTS": "0"}, "FACTS", "must be a whole number from 1 to 36500"),
        ({"FACTS": "never"}, "FACTS", "must be a whole number"),
    ],
)
def test_too_short_is_refused_with_the_reason(
    given: dict[str, str], path: str, reason: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({f"PLIMSOLL_KEEP_{name}": value for name, value in given.items()})
    assert {fault.path for fault in refused.value.faults} == {f"PLIMSOLL_KEEP_{path}"}
    assert refused.value.faults[0].reason.startswith(reason)


def test_the_least_of_each() -> None:
    least = {
        "MESSAGES": "30",
        "INBOX": "30",
        "DECISIONS": "400",
        "FACTS": "1100",
        "REJECTED": "36",
        "DELIVERIES": "30",
    }
    found = load_settings({f"PLIMSOLL_KEEP_{name}": value for name, value in least.items()})
    assert (found.keep_messages, found.keep_decisions, found.keep_facts, found.keep_rejected) == (
        30,
        400,
        1100,
        36,
    )


def test_a_longer_dedupe_window_keeps_rejected_records_as_long() -> None:
    assert load_settings({"PLIMSOLL_DEDUPE_DAYS": "120"}).keep_rejected == 121
    assert load_settings({}).keep_rejected == 90


@pytest.mark.parametrize(
    ("given", "messages", "inbox", "deliveries"),
    [
        ({}, 1100, 400, 400),
        ({"MESSAGES": "60"}, 60, 60, 60),
        ({"MESSAGES": "500"}, 500, 400, 400),
        ({"MESSAGES": "60", "INBOX": "30"}, 60, 30, 60),
        ({"INBOX": "2000"}, 2000, 2000, 400),
        ({"DELIVERIES": "1200", "INBOX": "30"}, 1200, 30, 1200),
    ],
)
def test_one_can_be_given_alone(
    given: dict[str, str], messages: int, inbox: int, deliveries: int
) -> None:
    found = load_settings({f"PLIMSOLL_KEEP_{name}": value for name, value in given.items()})
    assert (found.keep_messages, found.keep_inbox, found.keep_deliveries) == (
        messages,
        inbox,
        deliveries,
    )
