"""Adds to each log line of a request the service that owns the route, and the account in the
path.
"""

from collections.abc import Mapping

from starlette.types import Scope


def labels_of(scope: Scope) -> Mapping[str, str]:
    """Runs after routing; before it, neither is known."""
    app = scope.get("app")
    service = None if app is None else app.state.owners.get(scope.get("endpoint"))
    found = {"service": service, "account": scope.get("path_params", {}).get("account")}
    return {name: str(value) for name, value in found.items() if value is not None}
