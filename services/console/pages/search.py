"""`/console/search`: accounts, contacts, opportunities, tasks, pages, and what one may do."""

from typing import Any, get_args

from fastapi import Request
from fastapi.responses import Response

from services.console import render, words
from services.console.ask import CurrentAsker
from services.console.login.reader import Reader
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import operations, reports
from services.console.views import search as views
from services.console.views.search import Named
from shared.security.rights import Scope
from shared.wording.language import Language

routes = page_router()
PAGES = (
    "today",
    "accounts",
    "pipeline",
    "handoffs",
    "reports",
    "catalogue",
    "catalogue/compare",
    "policy",
    "preferences",
    "setup",
    "help",
)
ACTIONS: tuple[tuple[str, Scope, str], ...] = (
    ("new_task", "work:write", "task"),
    ("new_opportunity", "work:write", "opportunity"),
    ("log_a_fact", "facts:write", "fact"),
    ("quote", "facts:write", "quote"),
    ("edit_catalogue", "catalog:write", "/console/catalogue/edit"),
    ("create_key", "keys", "/console/operations/keys?act=create#act-create"),
    ("recover", "operate", "/console/operations/deliveries?act=recover#act-recover"),
    ("end_all", "read", "/console/preferences#sessions"),
)
"""Its words, the scope that it needs, where it is: a page, or the form of an account's."""


@routes.get("/search")
async def search(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    asked, actions = views.words_of(request.query_params), _actions(reader)
    answer: Any = {"data": [], "near": []}
    if asked:
        query = {"q": views.account_words(asked, actions), "lang": reader.language}
        part = (await ask.parts(hits=ask.get("/v1/search", query)))["hits"]
        answer = None if part.state == "away" else part.ready or answer
    view = views.view(asked, answer, _pages(reader), actions)
    return render.page(request, reader, "search", view)


def _pages(reader: Reader) -> list[Named]:
    """Those that the reader may open, by their titles."""
    tabs = [page.removeprefix("/console/") for page, _, _ in operations.tabs(reader.roles, "")]
    found = [
        views.page_of(name, *_called(name.replace("/", "_"), "title", reader))
        for name in (*PAGES, *tabs)
    ]
    return found + [
        views.page_of(f"reports/{name}", *_called("reports_one", f"report.{name}", reader))
        for _, names in reports.GROUPS
        for name in names
    ]


def _actions(reader: Reader) -> list[Named]:
    found = []
    for name, scope, at in ACTIONS:
        if reader.may(scope):
            title, *others = _called("search", name, reader)
            page, act = (at, "") if "/" in at else ("/console/accounts", at)
            found.append(Named(name, title, page, act, tuple(others)))
    return found


def _called(page: str, name: str, reader: Reader) -> list[str]:
    """In the reader's language first."""
    languages = sorted(get_args(Language), key=lambda one: one != reader.language)
    return [words.speaker(page, one, reader.time_zone)(name) for one in languages]
