"""`/console/login`, `/console/callback`, `/console/logout`, and what was typed before."""

from fastapi import APIRouter

from services.console.login import begin, callback, logout, once
from services.console.login.forms import kept

routes = APIRouter()
for part in (begin, callback, kept, logout, once):
    routes.routes.extend(part.routes.routes)
