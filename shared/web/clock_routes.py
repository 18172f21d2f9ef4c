"""The test clock and faults on request, for integrators and for tests. Served only with
PLIMSOLL_TEST_CLOCK=on.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends
from typing_extensions import TypedDict

from shared.clock import state as clock_state
from shared.clock import test_faults
from shared.clock.quiescence import pending_after
from shared.loop import parked_rows
from shared.postgres.database import notify, transaction
from shared.security.rights import Principal
from shared.values.faults import Fault
from shared.web.dependencies import CurrentContext, require
from shared.web.models import Body, Identifier, Moment
from shared.web.problems import Problem, invalid
from shared.web.routing import Answer, answer, router

_SECONDS = 30.0
_ELSEWHERE = timedelta(seconds=1)
"""By then the other services have heard of it, in whichever process they run."""
_PATH = "/v1/test-clock"
_EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {"now": "2026-12-01T00:00:05Z"}}}}
}

_FAULT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {
                "example": {"account": "acct-42", "part": "thresholds", "error": "raise"}
            }
        }
    }
}

routes = router(tags=["test clock"])


class ClockBody(Body):
    now: Moment


class ClockShown(TypedDict):
    """The time that all services use."""

    now: datetime


@routes.get(
    _PATH,
    summary="Get the test clock's time",
    responses=_EXAMPLE,
    dependencies=[Depends(require("read"))],
)
async def get_test_clock(context: CurrentContext) -> Answer[ClockShown]:
    """It keeps ticking from the time that was set."""
    await clock_state.refresh(context.engine, context.clock)
    return answer({"now": context.clock.now()})


@routes.put(_PATH, summary="Set the clock of all services and do what is due", responses=_EXAMPLE)
async def set_test_clock(
    body: ClockBody,
    context: CurrentContext,
    _caller: Annotated[Principal, Depends(require("admin"))],
) -> Answer[ClockShown]:
    """Only forward; the first time set may be in the past. 503 if something is still to be done
    after half a minute.
    """
    try:
        await clock_state.set_now(context.engine, context.clock, body.now)
    except ValueError as error:
        raise invalid(Fault("/now", str(error))) from None
    pending = await pending_after(context, body.now, _SECONDS)
    if pending:
        raise Problem(
            503,
            f"Still to be done after {_SECONDS:.0f} s: {', '.join(pending)}.",
            headers={"Retry-After": "5"},
        )
    return answer({"now": context.clock.now()})


class TestFault(TypedDict):
    """`error` null: withdrawn."""

    account: str
    part: test_faults.Part
    error: Literal["raise"] | None


class FaultBody(Body):
    """`error` null withdraws it."""

    account: Identifier
    part: test_faults.Part
    error: Literal["raise"] | None


@routes.put(
    "/v1/test-faults", summary="Make a part of the work raise for one account", responses=_FAULT
)
async def set_test_fault(
    body: FaultBody,
    context: CurrentContext,
    _caller: Annotated[Principal, Depends(require("admin"))],
) -> Answer[TestFault]:
    """Active until withdrawn with `error` null; held-up work is then retried within a second or
    two, decisions after their pause.
    """
    async with transaction(context.engine) as conn:
        raising = await test_faults.store(
            conn, body.account, body.part, raises=body.error is not None
        )
        await notify(conn, test_faults.CHANNEL)
        if body.error is None:
            await parked_rows.hasten_account(conn, body.account, context.clock.now() + _ELSEWHERE)
    context.faults.hold(raising)
    return answer({"account": body.account, "part": body.part, "error": body.error})
