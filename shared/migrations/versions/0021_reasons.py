"""The reasons that an opportunity's task names, so that it is updated when one falls away; and
reopened tickets.
"""

from alembic import op

revision = "0021_reasons"
down_revision = "0017_erasure"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # [[type, key]] of the open reasons; null if the opportunity has no task of its own.
    "alter table opportunity add column if not exists told jsonb",
    """
    update opportunity o set told = told.reasons
    from (select s.account, jsonb_agg(jsonb_build_array(s.type, s.key)) as reasons
          from signal s where s.acted and s.type <> 'cancel_intent' group by s.account) told
    where told.account = o.account and o.closed_at is null
      and exists (select 1 from crm_task t where t.account = o.account
          and t.purpose = 'opportunity')
    """,
    # The record kept only the first opening of a ticket: one reopened after it was closed was read
    # as closed.
    """
    update account_record r set body = jsonb_set(r.body, '{tickets}',
        (r.body -> 'tickets') || again.tickets)
    from (select o.account, jsonb_object_agg(o.ticket, (a.body -> 'tickets' -> o.ticket) ||
        jsonb_build_object(
                     'reopened_at', to_char(o.last at time zone 'UTC',
                         'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))) as tickets
          from (select account, event -> 'data' ->> 'ticket' as ticket, max(at) as last
                from fact where type = 'ticket.opened' and taken_back_at is null
                group by 1, 2 having count(distinct at) > 1) o
          join account_record a on a.account = o.account and (a.body -> 'tickets') ? o.ticket
          group by o.account) again
    where r.account = again.account
    """,
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Each in its own transaction, and repeatable: locks on tables or rows are not held while
        # facts are read.
        op.execute("set statement_timeout = 0")
        for statement in _STATEMENTS:
            op.execute(statement)
