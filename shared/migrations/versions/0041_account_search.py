"""Names of accounts and contacts as they are searched, found by the pairs of characters in them, of
which two Japanese ones are a search.
"""

from alembic import op

revision = "0041_account_search"
down_revision = "0040_backtests"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create function name_pairs(folded text) returns text[]
    language sql immutable strict parallel safe
    return array(select distinct substr(folded, n, 2) from generate_series(1, length(folded) - 1) n
        where position(' ' in substr(folded, n, 2)) = 0)
    """,
    """
    create table account_search (
        account text not null references account (id) on delete cascade,
        kind text not null check (kind in ('account', 'contact')),
        id text not null,
        folded text not null,       -- several of its names, with a space between
        grams text[] not null generated always as (name_pairs(folded)) stored,
        primary key (account, kind, id)
    )
    """,
    # Without a list of what is still to be sorted in, which each search would read from one end to
    # the other.
    """
    create index account_search_grams on account_search using gin (grams) with (fastupdate = off)
    """,
    """
    create index account_search_beginning on account_search (kind, folded collate "C", account)
    """,
    """
    insert into account_overview_mark (account) select id from account a
    where not exists (select from account_overview_mark m where m.account = a.id)
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
