"""Which page is the first one. Pure."""

from collections.abc import Collection

TODAY = "/console/today"
OF_ROLE = {
    "csm": TODAY,
    "sales": "/console/pipeline",
    "manager": "/console/reports",
    "planner": "/console/catalogue",
    "operator": "/console/operations",
    "admin": TODAY,
}
"""Of several roles the first one here decides."""


def first_page(roles: Collection[str], chosen: str | None, there: Collection[str]) -> str:
    """`chosen`: what the person prefers. `there`: names of the pages that there are."""
    wanted = chosen or next((page for role, page in OF_ROLE.items() if role in roles), TODAY)
    return wanted if wanted.rpartition("/")[2] in there else TODAY
