"""Current outages of what a loop depends on, and why: readiness shows them, and the log has one
line for each loss and recovery.
"""

from shared.telemetry import metrics
from shared.telemetry.logs import log
from shared.telemetry.tracebacks import told

PARTS = ("kafka", "postgres", "handler")


class Outages:
    """Of `kafka`, `postgres`, and the service's own handler."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._reasons: dict[str, str] = {"kafka": "has not joined its group yet"}
        for part in PARTS:
            metrics.part_away.labels(service, part).set(part in self._reasons)

    def lost(self, part: str, error: BaseException) -> None:
        reason = told(error)
        if part not in self._reasons:
            log.warning("dependency_lost", service=self._service, part=part, error=reason)
        self._reasons[part] = reason
        metrics.part_away.labels(self._service, part).set(1)

    def found(self, part: str) -> None:
        if self._reasons.pop(part, None) is not None:
            log.info("dependency_recovered", service=self._service, part=part)
            metrics.part_away.labels(self._service, part).set(0)

    def is_away(self, part: str) -> bool:
        return part in self._reasons

    def faults(self) -> list[str]:
        return [f"{part}: {reason}" for part, reason in self._reasons.items()]
