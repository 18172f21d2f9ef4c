"""Addresses of the console's pages, and within how many ms and bytes each is to be answered."""

from collections.abc import Mapping

from services.console.views.reports import PARTS
from services.console.views.reports_one import NAMES as REPORTS

PAGES: Mapping[str, int] = {
    "help": 100,
    "today": 200,
    "today?who=all": 200,
    "today?who=all&kind=handoff": 200,
    "today?who=all&due=later": 200,
    "tasks/{task}": 200,
    "accounts": 300,
    "accounts?sort=-near_percent": 300,
    "accounts?sort=-score&band=green": 300,
    "accounts?sort=renewal_date&csm=k7": 300,
    "accounts?sort=arr&plan=pro&near=90": 300,
    "accounts?q=青空": 300,
    "accounts?q=aoz&sort=-arr": 300,
    "accounts?q=ｱｵｿﾞﾗ": 300,
    "accounts?cursor={page_200}": 300,
    "accounts/{account}": 300,
    "accounts/{account}/usage": 300,
    "accounts/{account}/timeline": 300,
    "decisions/{decision}": 150,
    "pipeline": 300,
    "pipeline?view=table": 300,
    "pipeline?view=table&stage=qualified&flag=no_next_step": 300,
    "opportunities/{deal}": 300,
    "opportunities/{deal}/conversation": 300,
    "opportunities/{deal}/objections": 300,
    "opportunities/{deal}/trial": 300,
    "opportunities/{deal}/case": 150,
    "opportunities/{deal}/quote": 300,
    "opportunities/{deal}/handoff": 300,
    "handoffs": 200,
    "handoffs/{deal}": 200,
    "catalogue": 300,
    "catalogue/2": 300,
    "catalogue/compare?a=1&b=2": 300,
    "catalogue/edit": 300,
    "policy": 150,
    "operations": 500,
    "operations/rejected": 300,
    "operations/rejected?reason=not JSON": 300,
    "operations/rejected/{rejected}": 300,
    "operations/deliveries": 300,
    "operations/deliveries?state=dead": 300,
    "operations/deliveries/{delivery}": 300,
    "operations/channels": 200,
    "operations/keys": 200,
    "operations/people": 300,
    "operations/people/k7": 300,
    "operations/audit": 300,
    "operations/audit?who=k7": 300,
    "search?q=青空": 150,
    "search?q=aoz": 150,
    "search?q=ｱｵｿﾞﾗ": 150,
    "setup": 100,
    "preferences": 100,
    "reports": 1_000,
}
"""Address under /console -> its budget in ms. `{…}` is filled with what `_known` finds."""
REPORTS_MS = 1_000
SENT_KB = 60
"""Of a page with its styles and scripts, as it goes over the wire."""
HTML_KB = 80
"""Of a page alone, as a browser without gzip gets it."""


def addresses(known: Mapping[str, str]) -> dict[str, str]:
    """Page -> path. A report, and what of it comes later; `known`: ids to fill in."""
    found = {page: f"/console/{page.format(**known)}" for page in PAGES}
    found |= {f"reports?part={name}": f"/console/reports?part={name}" for name in PARTS}
    found |= {f"reports/{name}": f"/console/reports/{name}" for name in REPORTS}
    parts = {f"reports/{name}?part=report" for name in REPORTS}
    return found | {part: f"/console/{part}" for part in sorted(parts)}


def budget(page: str) -> int:
    """ms."""
    return PAGES.get(page, REPORTS_MS)
