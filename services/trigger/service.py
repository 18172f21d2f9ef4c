"""The trigger as a service: loop, scheduler and API."""

from datetime import timedelta

from services.trigger import api
from services.trigger.alerts.watch import Watch
from services.trigger.backtest.runner import Runner
from services.trigger.erasure_steps import STEPS
from services.trigger.handler import TriggerHandler
from services.trigger.overview.keeper import Keeper
from services.trigger.proposals.judge import Judge
from services.trigger.pruning import RULES
from services.trigger.scheduler import Scheduler
from services.trigger.tables.catalogs import Catalogs
from shared.pruning import Pruner
from shared.runtime.context import Context
from shared.runtime.service import Service, add_erasing, add_loop


def build(context: Context) -> Service:
    """Decides which thresholds were reached, and which upgrade may be proposed to whom."""
    catalogs = Catalogs()
    watch = Watch(
        catalogs,
        Judge(catalogs, context.faults, timedelta(days=context.settings.keep_facts)),
        faults=context.faults,
    )
    context.give(watch)
    service = Service("trigger", routers=api.routers())
    add_loop(service, context, TriggerHandler(watch))
    scheduler = Scheduler(context, watch)
    service.tasks["scheduler"] = scheduler.run

    async def check() -> str | None:
        return scheduler.fault

    service.checks["scheduler"] = check
    keeper = Keeper(context, watch.judgement.loader)
    service.tasks["overview"] = keeper.run
    service.notes["overview"] = keeper.note
    context.quiescence["overviews of accounts"] = keeper.is_done
    service.tasks["backtests"] = Runner(context, watch.backtest).run
    add_erasing(service, context, STEPS)
    service.tasks["pruning"] = Pruner(context, service.name, RULES).run
    return service
