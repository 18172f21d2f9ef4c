"""Assembles the console: pages for people, and nothing that the others wait for."""

from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter

from services.console import pages
from services.console.ask import Api
from services.console.changes import Changes
from services.console.login.sessions import Sessions
from services.console.login.upkeep import Upkeep
from shared.runtime.context import Context
from shared.runtime.service import Service

LAST = "unknown"
"""Answers whatever no page does."""


def build(context: Context) -> Service:
    service = Service("console", routers=routers(), kafka=False)
    service.tasks["api"] = context.only(Api).run
    service.tasks["changes"] = context.only(Changes).run
    service.tasks["sessions"] = context.only(Sessions).run
    service.tasks["upkeep"] = Upkeep(context).run
    return service


def routers() -> list[APIRouter]:
    """Of every module of `pages`, in the order of their names."""
    names = sorted(module.name for module in iter_modules(pages.__path__) if module.name != LAST)
    return [import_module(f"{pages.__name__}.{name}").routes for name in [*names, LAST]]
