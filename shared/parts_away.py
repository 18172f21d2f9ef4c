"""The parts that a loop cannot work without at present, and why: readiness shows them, the log tells once that one went and came back."""

from shared.telemetry import log


class PartsAway:
    """`kafka`, `postgres`, or the service's own handler."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._reasons: dict[str, str] = {"kafka": "has not joined its group yet"}

    def lost(self, part: str, error: BaseException) -> None:
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}".rstrip(": ")
        if part not in self._reasons:
            log.warning("part_away", service=self._service, part=part, error=reason)
        self._reasons[part] = reason

    def found(self, part: str) -> None:
        if self._reasons.pop(part, None) is not None:
            log.info("part_back", service=self._service, part=part)

    def faults(self) -> list[str]:
        return [f"{part}: {reason}" for part, reason in self._reasons.items()]
