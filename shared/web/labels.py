"""What each line of the log names while a request is answered: the service whose route it is, and the account of its path."""

from collections.abc import Mapping

from starlette.types import Scope


def labels_of(scope: Scope) -> Mapping[str, str]:
    """After routing; before it, nothing is known."""
    app = scope.get("app")
    service = None if app is None else app.state.owners.get(scope.get("endpoint"))
    found = {"service": service, "account": scope.get("path_params", {}).get("account")}
    return {name: str(value) for name, value in found.items() if value is not None}
