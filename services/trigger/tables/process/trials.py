"""Trials as `can` and the limits read them; how each stands is in its log."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Trial
from shared.values.quantities import plain


async def put(
    conn: AsyncConnection,
    account: str,
    trial: Trial,
    state: str,
    criteria: Sequence[Mapping[str, Any]],
) -> None:
    limits = {
        meter: None if limit is None else plain(limit) for meter, limit in trial.limits.items()
    }
    await conn.execute(
        _PUT,
        {
            "id": trial.id,
            "account": account,
            "opportunity": trial.opportunity,
            "features": list(trial.features),
            "limits": msgspec.json.encode(limits).decode(),
            "starts_at": trial.starts_at,
            "ends_at": trial.ends_at,
            "state": state,
            "criteria": msgspec.json.encode(list(criteria)).decode(),
        },
    )


async def uses(
    conn: AsyncConnection, account: str, trials: Sequence[Trial]
) -> dict[tuple[str, str], int]:
    """How often each feature was used in the time of each trial, by its id and the feature."""
    if not trials:
        return {}
    columns = {
        "account": account,
        "ids": [one.id for one in trials],
        "starts": [one.starts_at for one in trials],
        "ends": [one.ends_at for one in trials],
    }
    return {(row.id, row.feature): row.uses for row in await conn.execute(_USES, columns)}


_PUT = text(
    """
    insert into trial (id, account, opportunity, features, limits, starts_at, ends_at, state,
        criteria)
    values (:id, :account, :opportunity, :features, cast(:limits as jsonb), :starts_at, :ends_at,
        :state, cast(:criteria as jsonb))
    on conflict (id) do update set ends_at = excluded.ends_at, state = excluded.state
    """
)
_USES = text(
    """
    select t.id, f.event #>> '{data,feature}' as feature, count(*) as uses
    from unnest(cast(:ids as text[]), cast(:starts as timestamptz[]), cast(:ends as timestamptz[]))
        as t(id, starts_at, ends_at)
        join fact f on f.account = :account and f.type = 'feature.used' and f.at >= t.starts_at
            and f.at < t.ends_at and f.taken_back_at is null
    group by 1, 2
    """
)
