"""What an account's limits were: add-ons with each change of plan, and each change of an account's
own limit. What was agreed before is taken for having been so from the beginning.
"""

from alembic import op

revision = "0042_limit_history"
down_revision = "0041_account_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table plan_change add column if not exists add_ons jsonb")
    op.execute(
        """
        create table limit_override_change (
            id bigint generated always as identity primary key,
            account text not null references account (id) on delete cascade,
            meter text not null,
            at timestamptz not null,
            sets_limit boolean not null,    -- false: the plan's applies from then on
            "limit" numeric                 -- null: unlimited
        )
        """
    )
    op.execute(
        "create index limit_override_change_of on limit_override_change (account, meter, at)"
    )
