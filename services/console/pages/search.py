"""`/console/search`: accounts, contacts, opportunities, tasks, pages."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.console import render, words
from services.console.ask import CurrentAsker
from services.console.login.sessions import SignedIn
from services.console.routing import page_router
from services.console.views import search as views

routes = page_router()
PAGES = (
    "today",
    "accounts",
    "pipeline",
    "handoffs",
    "reports",
    "catalogue",
    "operations",
)
OTHERS = ("preferences", "setup", "help")


@routes.get("/search")
async def search(request: Request, reader: SignedIn, ask: CurrentAsker) -> Response:
    asked = views.words_of(request.query_params)
    hits: list[Any] | None = []
    if asked:
        query = {"q": asked, "lang": reader.language}
        part = (await ask.parts(hits=ask.get("/v1/search", query)))["hits"]
        hits = None if part.state == "away" else (part.ready or {"data": []})["data"]
    say = words.speaker("search", reader.language, reader.time_zone)
    pages = [(name, say(f"nav.{name}")) for name in PAGES] + [(name, say(name)) for name in OTHERS]
    return render.page(request, reader, "search", views.view(asked, hits, pages))
