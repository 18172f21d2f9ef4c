"""What is counted after evaluating accounts."""

from services.trigger.outcome import Outcome
from shared.telemetry.metrics import REGISTRY


def _counted(threshold: str) -> float:
    return (
        REGISTRY.get_sample_value(
            "plimsoll_alerts_total", {"meter": "outcome_test", "threshold": threshold}
        )
        or 0.0
    )


def test_every_alert_is_counted_once_and_absolute_amounts_share_a_label() -> None:
    before = {label: _counted(label) for label in ("80", "absolute", "per_hour")}
    Outcome(
        raised=[
            ("outcome_test", "80"),
            ("outcome_test", "abs:5000"),
            ("outcome_test", "abs:7000.5"),
            ("outcome_test", "per_hour:7000.5"),
        ]
    ).count()
    assert _counted("80") - before["80"] == 1
    assert _counted("absolute") - before["absolute"] == 2
    assert _counted("per_hour") - before["per_hour"] == 1


def test_what_is_to_be_evaluated_adds_up() -> None:
    found = Outcome()
    found.look("a", ["seats"])
    other = Outcome()
    other.look("a", ["storage"])
    other.look("b", [])
    assert found.add(other).looks == {"a": {"seats", "storage"}, "b": set()}
