"""A hand-off as Sales get it: the same as beside the opportunity."""

from services.console.views.opportunities_handoff import view

__all__ = ["view"]
