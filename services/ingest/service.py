"""The ingest service: its endpoints, its loop, its upkeep."""

import gc

from services.ingest.api import make_routes
from services.ingest.erasure_steps import STEPS
from services.ingest.handler import IngestHandler
from services.ingest.pruning import RULES
from services.ingest.tables import hour_log, progress
from services.ingest.upkeep import Upkeep
from shared.postgres.database import transaction
from shared.pruning import Pruner
from shared.runtime.context import Context
from shared.runtime.service import Service, add_erasing, add_loop


def build(context: Context) -> Service:
    service = Service("ingest", routers=[make_routes(context)])
    add_loop(service, context, IngestHandler(context))
    service.tasks["upkeep"] = Upkeep(context).run
    add_erasing(service, context, STEPS)
    service.tasks["pruning"] = Pruner(context, service.name, RULES).run

    async def laid_out() -> bool:
        async with transaction(context.engine) as conn:
            return not await progress.pending(conn)

    async def written() -> bool:
        async with transaction(context.engine) as conn:
            return await hour_log.oldest(conn) is None

    context.quiescence["usage in its billing periods"] = laid_out
    context.quiescence["usage in its hours"] = written
    _collect_seldom()
    return service


def _collect_seldom() -> None:
    """A batch creates tens of thousands of objects without cycles: with Python's default
    thresholds, searching for cycles takes a quarter of the CPU (decision 0011).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
