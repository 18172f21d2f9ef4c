"""Meters reset in their own windows: which windows the usage of a partition's accounts is stored
by, and how far a change of them has come.
"""

from alembic import op

revision = "0014_resets"
down_revision = "0018_addresses"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    alter table layout_progress
        -- the catalogue of this revision has been followed for all accounts
        add column catalog bigint not null default 0,
        add column resets jsonb not null default '{}',    -- by its meters: when each begins again
        -- the revision of the catalogue that is being followed
        add column walking bigint not null default 0,
        add column walked text not null default ''        -- and up to which account it has been
    """,
    # Usage counted so far is stored by the catalogue in force.
    """
    update layout_progress p set catalog = c.revision, resets = c.resets
    from (select revision,
                 (select jsonb_object_agg(key, value -> 'reset')
                  from jsonb_each(convert_from(body, 'UTF8')::jsonb -> 'meters')) as resets
          from catalog order by revision desc limit 1) c
    where c.resets is not null
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
