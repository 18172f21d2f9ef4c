"""What people do: persons, the log of entries of opportunities and tasks, tasks, trials; and what
opportunities, proposals and plan changes tell besides.

Everything new has a default or may be null: processes of the version before go on writing.
"""

from alembic import op

revision = "0025_process"
down_revision = "0024_mailbox_refusal"
branch_labels = None
depends_on = None

_TABLES = (
    """
    create table person (
        id text primary key,
        name text not null,
        email text,
        roles text[] not null,              -- empty: only reads
        manager text references person (id),
        active boolean not null default true,
        locale text not null default 'en',
        time_zone text not null default 'UTC',
        sales_trained boolean not null default true,
        close_authority numeric check (close_authority >= 0),
        created_at timestamptz not null,
        updated_at timestamptz not null
    )
    """,
    "create unique index person_email on person (lower(email)) where active",
    "create index person_manager on person (manager) where manager is not null",
    """
    create table entry (
        n bigint generated always as identity unique,
        id text primary key,
        account text not null,
        kind text not null check (kind in ('opportunity', 'task')),
        subject text not null,              -- the opportunity, the task
        seq integer not null check (seq > 0),
        type text not null,
        at timestamptz not null,
        by_kind text not null check (by_kind in ('person', 'key', 'plimsoll')),
        by_id text not null,
        body jsonb not null,
        key text,                           -- Idempotency-Key
        digest bytea,                       -- of what was asked under it
        unique (kind, subject, seq)
    )
    """,
    # The first entry of a log is asked for under the account: there is no log yet.
    "create unique index entry_key on entry (kind, subject, key) where key is not null and seq > 1",
    "create unique index entry_first_key on entry (account, kind, key) "
    "where key is not null and seq = 1",
    "create index entry_account on entry (account, n)",
    "create index entry_type on entry (kind, type, at)",
    """
    create table task (
        seq bigint generated always as identity unique,
        id text primary key,                -- the key of its copy in the CRM
        account text not null,
        type text not null check (type in ('expansion', 'risk', 'lifecycle')),
        reason text not null,
        about text not null default '',     -- a meter, a plan, a gate, an opportunity, …
        words jsonb not null,               -- title and the five lines, as facts of sentences
        priority text not null check (priority in ('low', 'medium', 'high')),
        state text not null check (state in ('open', 'in_progress', 'snoozed', 'closed_success',
                                             'closed_no_success', 'closed_invalid')),
        slept_in text check (slept_in in ('open', 'in_progress')),  -- where it wakes up to
        owner_role text not null,
        owner_id text,
        opened_at timestamptz not null,
        due_at timestamptz not null,
        snoozed_until timestamptz,
        snooze_reason text,
        escalated_at timestamptz,
        opportunity text,
        alert text,
        decision text,
        closed_at timestamptz,
        revision integer not null
    ) with (fillfactor = 80)
    """,
    "create unique index task_open on task (account, reason, about) "
    "where closed_at is null and reason <> 'by_hand'",
    "create index task_account on task (account, seq desc)",
    "create index task_owner on task (owner_id, seq desc) where closed_at is null",
    "create index task_due on task (owner_id, priority, due_at, id) where closed_at is null",
    "create index task_overdue on task (due_at) where closed_at is null",
    "create index task_opportunity on task (opportunity) where opportunity is not null",
    """
    create table trial (
        seq bigint generated always as identity unique,
        id text primary key,
        account text not null,
        opportunity text not null,
        features text[] not null,
        limits jsonb not null,              -- meter -> quantity as text, null: unlimited
        starts_at timestamptz not null,
        ends_at timestamptz not null check (ends_at >= starts_at),
        state text not null check (state in ('offered', 'active', 'ended_met', 'ended_not_met')),
        criteria jsonb not null
    )
    """,
    "create index trial_account on trial (account, ends_at)",
    "create index trial_opportunity on trial (opportunity)",
)
PEOPLE_OF_ACCOUNTS = """
    insert into person (id, name, email, roles, created_at, updated_at)
    with said as (
        select csm ->> 'id' as id, csm ->> 'name' as name, nullif(csm ->> 'email', '') as email,
               'csm' as role, updated_at, account.id as account
        from account where csm is not null
        union all
        select ae ->> 'id', ae ->> 'name', nullif(ae ->> 'email', ''), 'sales', updated_at,
               account.id
        from account where ae is not null
    ), known as (
        select distinct on (id) id, name, email from said order by id, updated_at desc, account
    ), numbered as (
        -- an address is one person's: the others go without
        select id, name, email, row_number() over (partition by lower(email) order by id) as n
        from known
    )
    select id, name, case when n = 1 then email end,
           (select array_agg(distinct s.role order by s.role) from said s where s.id = o.id),
           now(), now()
    from numbered o
    on conflict (id) do nothing
"""
_COLUMNS = (
    """
    alter table opportunity
        add column if not exists stage_since timestamptz,   -- null: since created_at
        add column if not exists scenarios jsonb not null default '[]',
        add column if not exists amount_year numeric,
        add column if not exists needs_quote boolean not null default false,
        add column if not exists next_step jsonb,           -- type, owner, due, note
        add column if not exists next_due date,             -- the latest `due` there ever was
        add column if not exists proposal_expired boolean not null default false,
        add column if not exists handoff_waiting boolean not null default false,
        add column if not exists loss_reason text,
        add column if not exists loss_text text,
        add column if not exists credit jsonb not null default '[]',
        add column if not exists external_ids jsonb not null default '{}',
        add column if not exists person_entry boolean not null default false,
        -- 0: no log yet; it begins with what this row says
        add column if not exists revision integer not null default 0
    """,
    "alter table opportunity alter column decision drop not null",
    "alter table opportunity drop constraint if exists opportunity_stage_check",
    """
    alter table opportunity add constraint opportunity_stage_check check (stage in (
        'identified', 'needs_discovery', 'nurture', 'qualified', 'engaged', 'proposal',
        'negotiation', 'closed_won', 'closed_lost', 'disqualified')) not valid
    """,
    """
    alter table proposal
        add column if not exists opportunity text,
        add column if not exists expires_at timestamptz,
        add column if not exists state text check (state in ('draft', 'sent', 'viewed', 'accepted',
            'declined', 'expired', 'superseded', 'withdrawn'))      -- null: of a version before
    """,
    # Rows of the version before have none: effective_at null means `at`.
    """
    alter table plan_change
        add column if not exists kind text,
        add column if not exists arr_before numeric,
        add column if not exists arr_after numeric,
        add column if not exists currency text,
        add column if not exists effective_at timestamptz
    """,
)
_INDEXES = {
    "opportunity_owner": "opportunity ((owner ->> 'id'), seq desc)",
    "opportunity_stage": "opportunity (stage, seq desc)",
    "opportunity_unclosed": "opportunity (seq desc) where closed_at is null",
    "proposal_opportunity": "proposal (opportunity, seq desc) where opportunity is not null",
    "plan_change_effective": "plan_change ((coalesce(effective_at, at)))",
    "account_csm": "account ((csm ->> 'id')) where csm is not null",
    "account_ae": "account ((ae ->> 'id')) where ae is not null",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Each in its own transaction, and repeatable: an interrupted attempt leaves only what the
        # next one expects.
        for statement in _COLUMNS:
            op.execute(statement)
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        op.execute("alter table opportunity validate constraint opportunity_stage_check")
        for name, columns in _INDEXES.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("set lock_timeout = '1s'")
    for statement in (*_TABLES, PEOPLE_OF_ACCOUNTS):
        op.execute(statement)
