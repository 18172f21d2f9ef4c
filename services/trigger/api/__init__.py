"""The trigger's HTTP API: one module per resource."""

from fastapi import APIRouter

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
from services.trigger.api.lists import accounts as account_list
from services.trigger.api.lists import search, usage_history
from services.trigger.api.operation import audit, keys
from services.trigger.api.work import documents, opportunities, people, tasks


def routers() -> list[APIRouter]:
    """They need the process's `Watch` (`Context.give`)."""
    modules = (
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
    )
    return [module.routes for module in modules]
