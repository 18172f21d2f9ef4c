"""Indexes of reports over a year or more, so that what they count is found without reading what
they do not; and when a reader first followed a message's link.

Built concurrently: an index built in a transaction would block all writes to its table.
"""

from alembic import op

revision = "0026_reports"
down_revision = "0025_process"
branch_labels = None
depends_on = None

_COLUMN = "alter table notification add column if not exists clicked_at timestamptz"
_INDEXES = {
    "alert_reached": "alert (reached_at) where notified",
    "alert_threshold": "alert (threshold, reached_at) include (account)",
    # Decisions on a signal, without reading their bodies.
    "decision_signalled": "decision (at) include (id, account, cause, outcome, seq) "
    "where jsonb_array_length(body -> 'signals') > 0",
    # Held out of offers by their share, not by an experiment's arm.
    "decision_held_out": "decision (at) include (id) where "
    'body @? \'$.gates[*] ? (@.gate == "holdout" && @.result == "block" '
    '&& !(@.reason starts with "experiment"))\'',
    "entry_decision": "entry ((body ->> 'decision')) where type in ('opened', 'raised', 'reason')",
    "fact_scores": "fact (account, at) where type = 'nps.responded' and taken_back_at is null",
    "fact_answers": "fact (at) "
    "where type in ('proposal.answered', 'contact.unsubscribed') and taken_back_at is null",
    "fact_cancelled": "fact (account) "
    "where type = 'subscription.cancelled' and taken_back_at is null",
    "opportunity_closed": "opportunity (closed_at) where closed_at is not null",
    "opportunity_created": "opportunity (created_at)",
    "opportunity_decision": "opportunity (decision)",
    "plan_change_history": "plan_change (account, (coalesce(effective_at, at)), id)",
    "plan_change_upgrade": "plan_change ((coalesce(effective_at, at))) where kind = 'plan_upgrade'",
    "proposal_at": "proposal (at)",
    "proposal_decision": "proposal (decision)",
    "task_decision": "task (decision)",
}


def upgrade() -> None:
    op.execute(_COLUMN)
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        for name, columns in _INDEXES.items():
            # The index left by an interrupted attempt is invalid.
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("set lock_timeout = '1s'")
