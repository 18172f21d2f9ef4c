"""HTTP as all services speak it: app factory, problem details, limits, strict JSON, pagination,
authorisation.
"""

from shared.web.app import create_api, create_app
from shared.web.dependencies import (
    CurrentAuthor,
    CurrentContext,
    Guard,
    Require,
    bearer,
    current_context,
    require,
)
from shared.web.models import Body, Day, Flag, Identifier, Moment, PathIdentifier, Quantity
from shared.web.paging import Page, Paging
from shared.web.problems import Problem, invalid, unavailable
from shared.web.routing import Answer, PageRoute, Route, answer, media_type, no_content, router

__all__ = [
    "Answer",
    "Body",
    "CurrentAuthor",
    "CurrentContext",
    "Day",
    "Flag",
    "Guard",
    "Identifier",
    "Moment",
    "Page",
    "PageRoute",
    "Paging",
    "PathIdentifier",
    "Problem",
    "Quantity",
    "Require",
    "Route",
    "answer",
    "bearer",
    "create_api",
    "create_app",
    "current_context",
    "invalid",
    "media_type",
    "no_content",
    "require",
    "router",
    "unavailable",
]
