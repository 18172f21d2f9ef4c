"""The SQL of ingest: `totals`, `hours`, `members` of unique meters, `unassigned` usage without a
subscription, `keys` of counted events.
"""
