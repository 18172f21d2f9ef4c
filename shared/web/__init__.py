"""HTTP as all services speak it: app factory, problem details, limits, strict JSON, pagination, authorisation."""

from shared.web.app import create_app
from shared.web.dependencies import CurrentContext, Require, current_context, require
from shared.web.models import Body, Day, Identifier, Moment, PathIdentifier, Quantity
from shared.web.paging import Page, Paging
from shared.web.problems import Problem, unavailable
from shared.web.routing import Route, answer, media_type, no_content, router

__all__ = [
    "Body",
    "CurrentContext",
    "Day",
    "Identifier",
    "Moment",
    "Page",
    "Paging",
    "PathIdentifier",
    "Problem",
    "Quantity",
    "Require",
    "Route",
    "answer",
    "create_app",
    "current_context",
    "media_type",
    "no_content",
    "require",
    "router",
    "unavailable",
]
