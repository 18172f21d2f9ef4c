"""The test clock's endpoints (contract.md 7). Served only with PLIMSOLL_TEST_CLOCK=on."""

from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response

from shared import clock_state
from shared.auth import Principal
from shared.faults import Fault
from shared.quiescence import pending_after
from shared.web.dependencies import CurrentContext, require
from shared.web.models import Body, Moment
from shared.web.problems import Problem, invalid
from shared.web.routing import answer, router

_SECONDS = 30.0
_PATH = "/v1/test-clock"
_EXAMPLE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": {"now": "2026-12-01T00:00:05Z"}}}}}

routes = router(tags=["test clock"])


class NewTime(Body):
    now: Moment


@routes.get(_PATH, summary="What time it is", responses=_EXAMPLE, dependencies=[Depends(require("read"))])
async def read_clock(context: CurrentContext) -> Response:
    await clock_state.refresh(context.engine, context.clock)
    return answer({"now": context.clock.now()})


@routes.put(_PATH, summary="Set the clock of all services, and do what is due", responses=_EXAMPLE)
async def set_clock(body: NewTime, context: CurrentContext, _caller: Annotated[Principal, Depends(require("admin"))]) -> Response:
    try:
        await clock_state.set_now(context.engine, context.clock, body.now)
    except ValueError as error:
        raise invalid(Fault("/now", str(error))) from None
    pending = await pending_after(context, body.now, _SECONDS)
    if pending:
        raise Problem(503, f"Still to be done after {_SECONDS:.0f} s: {', '.join(pending)}.", headers={"Retry-After": "5"})
    return answer({"now": context.clock.now()})
