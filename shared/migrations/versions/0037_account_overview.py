"""One row an account with what lists sort and filter by, and the marks of accounts whose row is to
be written again.

Triggers leave the marks: whatever changes one of these tables is seen, in the same transaction, and
without a further statement of the service's. A mark is only ever added and deleted, so that nobody
waits for anybody.
"""

from alembic import op

revision = "0037_account_overview"
down_revision = "0036_catalog_history"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table account_overview (
        account text primary key references account (id) on delete cascade,
        name text not null,
        plan text,
        segment text,
        csm_id text,
        csm_name text,
        ae_id text,
        ae_name text,
        loyalty text not null,
        band text,
        score numeric,
        near_meter text,
        near_percent bigint,
        renewal_date date,
        arr numeric,
        currency text,
        open_tasks int not null,
        suppressed boolean not null,
        as_of timestamptz not null,
        due_at timestamptz not null,        -- when time alone may change it
        usage_seen numeric not null         -- of its running totals, to tell whether one has moved
    ) with (fillfactor = 80)
    """,
    """
    create table account_overview_mark (
        id bigint generated always as identity primary key,
        account text not null,
        at timestamptz not null default clock_timestamp()
    )
    """,
    """
    create function mark_account_overviews() returns trigger language plpgsql as $$ begin
        insert into account_overview_mark (account) select distinct account from changed;
        return null;
    end $$
    """,
    """
    create function mark_own_account_overviews() returns trigger language plpgsql as $$ begin
        insert into account_overview_mark (account) select id from changed;
        return null;
    end $$
    """,
    """
    create function mark_all_account_overviews() returns trigger language plpgsql as $$ begin
        insert into account_overview_mark (account) select id from account;
        return null;
    end $$
    """,
)
_SORTED_BY = {
    "name": "name",
    "plan": "plan",
    "segment": "segment",
    "csm": "csm_name",
    "ae": "ae_name",
    "meter": "near_meter",
    "currency": "currency",
    "suppressed": "(suppressed::int)",
    "score": "score",
    "near": "near_percent",
    "renewal": "renewal_date",
    "arr": "arr",
    "tasks": "open_tasks",
    "loyalty": "(case loyalty when 'low' then 0 when 'medium' then 1 when 'high' then 2 end)",
    "band": "(case band when 'red' then 0 when 'yellow' then 1 when 'green' then 2 end)",
    "of_csm": "csm_id",
}
_ONES_OWN = "mark_own_account_overviews"
_MARKS = {
    "account": ("insert", "update"),
    "contact": ("insert", "update", "delete"),
    "subscription": ("insert", "update"),
    "next_subscription": ("insert", "update", "delete"),
    "limit_override": ("insert", "update", "delete"),
    "trial": ("insert", "update"),
    "account_record": ("insert", "update"),
    "refusal": ("insert", "update", "delete"),
    "opportunity": ("insert", "update"),
    "proposal": ("insert", "update"),
    "task": ("insert", "update"),
}


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    op.execute("create index account_overview_due on account_overview (due_at)")
    for name, column in _SORTED_BY.items():
        op.execute(f"create index account_overview_{name} on account_overview ({column}, account)")
    for table, events in _MARKS.items():
        function = _ONES_OWN if table == "account" else "mark_account_overviews"
        for event in events:
            rows = "old" if event == "delete" else "new"
            op.execute(
                f"create trigger overview_{event} after {event} on {table} "
                f"referencing {rows} table as changed "
                f"for each statement execute function {function}()"
            )
    op.execute(
        "create trigger overview_all after insert or update on catalog "
        "for each statement execute function mark_all_account_overviews()"
    )
    op.execute("insert into account_overview_mark (account) select id from account")
