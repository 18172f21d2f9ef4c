"""A subscription that starts later waits next to the current one.

One that an earlier version treated as running although it starts in the future now waits too: it
ends immediately, which the timer processes like any end, and starts on its day.
"""

from alembic import op

revision = "0015_next_subscription"
down_revision = "0019_face"
branch_labels = None
depends_on = None

_WAITS = "started_at > now() and (ended_at is null or ended_at > started_at)"
_TABLE = """
    create table next_subscription (
        account text primary key references account (id),
        begins_at timestamptz not null,     -- when it takes the place of the one that holds
        -- a change of plan that was agreed on: it waits no longer than this plan holds
        in_place_of text,
        plan text not null,
        catalog_version integer not null references catalog (version),
        started_at timestamptz not null,
        anchor timestamptz,
        interval text not null check (interval in ('day', 'week', 'month', 'year')),
        quantity bigint not null check (quantity > 0),
        renewal_date date,
        add_ons jsonb not null,
        price numeric check (price >= 0),
        changed_at timestamptz not null,
        ended_at timestamptz
    )
"""
MOVES = (
    f"""
    insert into next_subscription (account, begins_at, plan, catalog_version, started_at, anchor,
                                   interval, quantity, renewal_date, add_ons, price, changed_at,
                                   ended_at)
    select account, started_at, plan, catalog_version, started_at, anchor, interval, quantity,
           renewal_date, add_ons, price, changed_at, ended_at
    from subscription where {_WAITS}
    """,
    """
    insert into due (account, purpose, at, payload)
    select w.account, p.purpose,
           case p.purpose when 'subscription_start' then w.begins_at else now() end, '{}'
    from next_subscription w
    cross join (values ('subscription_start'), ('subscription_end')) as p(purpose)
    on conflict (account, purpose) do update set at = excluded.at, payload = excluded.payload
    """,
    f"update subscription set ended_at = now() where {_WAITS}",
)


def upgrade() -> None:
    for statement in (_TABLE, *MOVES):
        op.execute(statement)
