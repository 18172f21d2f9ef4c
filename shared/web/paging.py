"""Pagination: `?limit=` and `?cursor=` in, `{"data", "next_cursor"}` out. A cursor is signed for
its list and filters.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request

from shared.answers import Listed
from shared.security.crypto import Signer
from shared.values.faults import Fault
from shared.web.dependencies import current_context
from shared.web.problems import invalid

DEFAULT, MOST = 50, 500
R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Query `fetch` rows after `after` (the sort key of the last row shown, strings and numbers;
    None at the beginning).
    """

    limit: int
    after: list[Any] | None
    _signer: Signer
    _purpose: str

    @property
    def before(self) -> int | None:
        """For a list by sequence number, newest first: only rows below it; None at the
        beginning.
        """
        return int(self.after[0]) if self.after else None

    @property
    def fetch(self) -> int:
        """One row more than is shown tells whether there is a next page."""
        return self.limit + 1

    def body(
        self, rows: Sequence[R], key: Callable[[R], list[Any]], shown: Callable[[R], T]
    ) -> Listed[T]:
        """`key` returns a row's sort key (strings and numbers), `shown` its JSON."""
        more = len(rows) > self.limit
        kept = rows[: self.limit]
        cursor = (
            self._signer.sign(self._purpose, json.dumps(key(kept[-1])).encode()) if more else None
        )
        return {"data": [shown(row) for row in kept], "next_cursor": cursor}


def _page(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST, description="The page size")] = DEFAULT,
    cursor: Annotated[
        str | None, Query(max_length=2000, description="`next_cursor` of the previous page")
    ] = None,
) -> Page:
    signer = current_context(request).signer
    purpose = _purpose(request)
    after = None
    if cursor is not None:
        payload = signer.verify(purpose, cursor)
        if payload is None:
            raise invalid(Fault("query.cursor", "is not a cursor of this list"))
        after = json.loads(payload)
    return Page(limit, after, signer, purpose)


Paging = Annotated[Page, Depends(_page)]


def _purpose(request: Request) -> str:
    filters = sorted(
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("limit", "cursor")
    )
    return f"cursor {request.url.path} {json.dumps(filters)}"
