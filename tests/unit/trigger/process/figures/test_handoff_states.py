"""What became of each request, from the entries of a deal."""

from datetime import UTC, datetime, timedelta

from services.trigger.process.figures.handoff_states import Act, requests

NOW = datetime(2025, 9, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


def states(*actions: str, since: datetime = NOW) -> list[tuple[str, bool]]:
    acts = [Act(action, NOW + n * HOUR) for n, action in enumerate(actions)]
    found = requests(acts, since, NOW + 100 * HOUR)
    return [(one.state, one.answered_at is not None) for one in found]


def test_each_request_ends_once() -> None:
    assert states("request") == [("requested", False)]
    assert states("request", "accept") == [("accepted", True)]
    assert states("request", "passed") == [("requested", False)]
    assert states("request", "passed", "accept") == [("accepted", True)]
    assert states("request", "accept", "returned") == [("returned", True)]
    assert states("request", "timed_out", "request", "reject") == [
        ("timed_out", False),
        ("rejected", True),
    ]
    assert states("accept") == []


def test_only_what_was_asked_in_the_period() -> None:
    assert states("request", "reject", "request", since=NOW + HOUR) == [("requested", False)]
