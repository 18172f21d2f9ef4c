from datetime import timedelta

import pytest

from services.notifier.channels.base import (
    Claimed,
    Delivered,
    Failed,
    Gone,
    Misconfigured,
    Outcome,
    Refused,
    Throttled,
    Unanswered,
)
from services.notifier.lifecycle import Change, Circumstances, settle, unwanted
from tests.unit.notifier.samples import NOW, claimed, facts

LATE = NOW + timedelta(hours=24, seconds=-1)


def after(delivery: Claimed, outcome: Outcome, *, begun: bool = True, late: bool = False) -> Change:
    return settle(delivery, outcome, begun=begun, now=LATE if late else NOW, jitter=0.0)


def test_delivered_ends_it_and_clears_the_doubt() -> None:
    change = after(claimed(in_doubt=True), Delivered(note="no company"))
    assert (change.state, change.in_doubt, change.repeated, change.next_attempt_at) == (
        "delivered",
        False,
        True,
        None,
    )
    assert change.last_error == "no company"


@pytest.mark.parametrize("outcome", [Refused("550 no such user"), Gone("410")])
def test_what_is_refused_for_good_is_dead(outcome: Outcome) -> None:
    assert after(claimed(), outcome).state == "dead"


def test_a_failure_waits_by_the_schedule() -> None:
    first = after(claimed(), Failed("451"))
    assert (first.state, first.step, first.next_attempt_at) == (
        "retrying",
        1,
        NOW + timedelta(seconds=5),
    )
    fourth = after(claimed(step=3), Failed("451"))
    assert (fourth.step, fourth.next_attempt_at) == (4, NOW + timedelta(minutes=30))


def test_a_failure_past_the_deadline_is_dead() -> None:
    assert after(claimed(step=4), Failed("451"), late=True).state == "dead"


def test_a_failure_past_the_deadline_that_may_have_arrived_is_unknown() -> None:
    assert after(claimed(step=4, in_doubt=True), Failed("451"), late=True).state == "unknown"


def test_being_throttled_uses_up_no_attempt_of_the_schedule() -> None:
    change = after(claimed(step=2), Throttled("429", timedelta(minutes=2)))
    assert (change.state, change.step, change.next_attempt_at) == (
        "retrying",
        2,
        NOW + timedelta(minutes=2),
    )


def test_a_wait_beyond_the_deadline_leaves_one_attempt_at_the_deadline() -> None:
    delivery = claimed(step=2)
    change = after(delivery, Throttled("429", timedelta(days=2)))
    assert (change.state, change.next_attempt_at) == ("retrying", delivery.deadline_at)
    over = settle(
        delivery,
        Throttled("429", timedelta(days=2)),
        begun=True,
        now=delivery.deadline_at,
        jitter=0.0,
    )
    assert over.state == "dead"


@pytest.mark.parametrize(("attempts", "state"), [(1, "queued"), (3, "retrying")])
def test_refused_credentials_leave_the_message_where_it_was(attempts: int, state: str) -> None:
    change = after(claimed(attempts=attempts, step=1), Misconfigured("401"))
    assert (change.state, change.attempts, change.step, change.next_attempt_at) == (
        state,
        attempts - 1,
        1,
        NOW,
    )


def test_a_lost_answer_to_a_mail_allows_one_repetition_and_no_more() -> None:
    lost = Unanswered("no reply", again="once")
    first = after(claimed(), lost)
    assert (first.state, first.in_doubt, first.repeated) == ("retrying", True, False)
    second = after(claimed(in_doubt=True, step=1), lost)
    assert (second.state, second.repeated, second.next_attempt_at) == ("unknown", True, None)


def test_doubt_survives_a_later_failure_that_is_certain() -> None:
    change = after(claimed(in_doubt=True, step=1), Failed("421"), begun=False)
    assert (change.state, change.in_doubt, change.repeated) == ("retrying", True, False)


def test_doubt_is_retried_until_the_deadline_if_the_receiver_recognises_repetitions() -> None:
    lost = Unanswered("no reply", again="safely")
    assert after(claimed(in_doubt=True, step=2), lost).state == "retrying"
    assert after(claimed(in_doubt=True, step=4), lost, late=True).state == "unknown"


def test_doubt_is_final_if_a_duplicate_is_not_acceptable() -> None:
    assert after(claimed(), Unanswered("no reply", again="never")).state == "unknown"


def test_manual_attempts_do_not_use_up_the_schedule() -> None:
    resumes = NOW + timedelta(hours=1)
    running = after(claimed(by_hand=True, resume_at=resumes, step=3), Failed("451"))
    assert (running.state, running.step, running.next_attempt_at) == ("retrying", 3, resumes)
    ended = after(claimed(by_hand=True, step=9), Failed("451"))
    assert (ended.state, ended.step) == ("dead", 9)


@pytest.mark.parametrize(
    ("delivery", "seen", "state", "word"),
    [
        (claimed(), Circumstances(channel_on=False), "cancelled", "off"),
        (claimed(), Circumstances(alert_state="superseded"), "cancelled", "superseded"),
        (claimed(), Circumstances(alert_state="resolved"), "cancelled", "resolved"),
        (claimed(channel="hubspot"), Circumstances(task_completed=True), "cancelled", "completed"),
        (claimed(channel="hubspot"), Circumstances(task_changed=True), "cancelled", "newer"),
        (claimed(), Circumstances(has_contact=False), "cancelled", "gone"),
        (claimed(), Circumstances(role="member"), "cancelled", "no longer an owner"),
        (claimed(by_hand=True), Circumstances(role="admin"), "cancelled", "no longer an owner"),
        (claimed(in_doubt=True), Circumstances(role="admin"), "unknown", "no longer an owner"),
        (
            claimed(channel="in_app", cls="proposal"),
            Circumstances(role="member"),
            "cancelled",
            "no longer has buying authority",
        ),
        (claimed(), Circumstances(has_address=False), "suppressed", "no address"),
        (
            claimed(),
            Circumstances(address_refused="550 no such user"),
            "suppressed",
            "refused before: 550 no such user",
        ),
        (claimed(), Circumstances(email_notice=False), "suppressed", "muted"),
        (claimed(cls="proposal"), Circumstances(email_proposal=False), "suppressed", "muted"),
        (
            claimed(cls="proposal", channel="in_app"),
            Circumstances(in_app_proposal=False),
            "suppressed",
            "muted",
        ),
        (
            claimed(cls="proposal"),
            Circumstances(held_by="cancel_intent"),
            "suppressed",
            "cancel_intent",
        ),
        (
            claimed(cls="proposal"),
            Circumstances(proposal_state="withdrawn"),
            "cancelled",
            "withdrawn",
        ),
        (claimed(in_doubt=True, repeated=True), Circumstances(), "unknown", "twice"),
    ],
)
def test_what_has_changed_meanwhile_stops_a_delivery(
    delivery: Claimed, seen: Circumstances, state: str, word: str
) -> None:
    found = unwanted(delivery, seen)
    assert found is not None
    assert found.state == state
    assert word in found.reason


@pytest.mark.parametrize(
    ("delivery", "seen"),
    [
        (claimed(), Circumstances(alert_state="open")),
        (claimed(), Circumstances(role="billing_admin")),
        (claimed(channel="in_app"), Circumstances(role="member")),
        (claimed(channel="in_app", cls="proposal"), Circumstances(role="champion")),
        (claimed(), Circumstances(email_proposal=False)),
        (claimed(cls="proposal"), Circumstances(proposal_state="viewed")),
        (claimed(), Circumstances(held_by="cancel_intent")),
        (claimed(channel="in_app"), Circumstances(email_notice=False, in_app_proposal=False)),
        (claimed(by_hand=True), Circumstances(address_refused="550")),
        (claimed(by_hand=True, in_doubt=True, repeated=True), Circumstances()),
        (claimed(in_doubt=True), Circumstances()),
        (claimed(facts=facts(signed={"opportunity": "o1"})), Circumstances(role="champion")),
        (claimed(cls="proposal", facts=facts(letter={})), Circumstances(role="member")),
        (
            claimed(channel="hubspot", task={"action": "complete"}),
            Circumstances(alert_state="resolved", task_completed=True),
        ),
    ],
)
def test_what_does_not_stop_it(delivery: Claimed, seen: Circumstances) -> None:
    assert unwanted(delivery, seen) is None
