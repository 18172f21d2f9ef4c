"""The setup checklist over HTTP."""

from typing import Annotated

from fastapi import Depends, Query

from services.trigger.api.common import CurrentWatch, shows
from services.trigger.setup import checklist
from services.trigger.setup.checklist import SetupShown
from shared.postgres.database import transaction
from shared.web import Answer, CurrentContext, answer, require, router

routes = router(tags=["judgement"])

_EXAMPLE = checklist.shown((True, True, True, False, False), "en")


@routes.get(
    "/v1/setup",
    summary="Get the setup checklist",
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def get_setup(
    context: CurrentContext,
    watch: CurrentWatch,
    lang: Annotated[str, Query(max_length=35, description="A language tag")] = "en",
) -> Answer[SetupShown]:
    """The five first steps of an installation, and which are done."""
    async with transaction(context.engine) as conn:
        done = await checklist.checked(conn, watch.judgement.loader, context.clock.now())
    return answer(checklist.shown(done, lang))
