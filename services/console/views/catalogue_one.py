"""One version of the catalogue as a plan table. Pure."""

from collections.abc import Mapping
from typing import Any

from services.console.addresses import address, of
from services.console.views.catalogue import PATH, may_write
from services.console.views.plan_table import table
from shared.wording.language import Language

SINCE = ("7d", "30d", "90d", "180d", "366d")


def view(
    catalogue: Mapping[str, Any],
    in_force: int,
    roles: frozenset[str],
    language: Language,
) -> dict[str, Any]:
    """`in_force`: the version that is."""
    version = catalogue["version"]
    return {
        "version": version,
        "is_in_force": version == in_force,
        "in_force": in_force,
        "table": table(catalogue, language),
        "path": of("catalogue", str(version)),
        "compare": address(f"{PATH}/compare", a=version, b=in_force),
        "edit": address(f"{PATH}/edit", {"from": version}),
        "may_write": may_write(roles),
        "since": SINCE,
    }
