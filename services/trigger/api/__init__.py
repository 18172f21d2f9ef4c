"""The trigger's HTTP API: one module per resource."""

from fastapi import APIRouter, Depends

from services.trigger.alerts.watch import Watch
from services.trigger.api import (
    accounts,
    alerts,
    batches,
    decisions,
    erasures,
    judgements,
    limits,
    quotes,
    reports,
    setup,
    signals,
    subscriptions,
    targets,
    usage,
    values,
)
from services.trigger.api.catalogue import backtest_jobs, backtests, catalogs, differences, versions
from services.trigger.api.common import provide
from services.trigger.api.lists import accounts as account_list
from services.trigger.api.lists import search, usage_history
from services.trigger.api.operation import audit, keys
from services.trigger.api.work import documents, opportunities, people, tasks


def routers(watch: Watch) -> list[APIRouter]:
    outer = APIRouter(dependencies=[Depends(provide(watch))])
    for module in (
        catalogs,
        versions,
        differences,
        accounts,
        account_list,
        search,
        batches,
        erasures,
        subscriptions,
        limits,
        usage,
        usage_history,
        alerts,
        decisions,
        signals,
        judgements,
        people,
        opportunities,
        tasks,
        documents,
        targets,
        values,
        quotes,
        reports,
        setup,
        backtests,
        backtest_jobs,
        audit,
        keys,
    ):
        outer.include_router(module.routes)
    return [outer]
