"""The SQL of ingest: `totals`, `hours`, `members` of unique meters, `loose` usage without a
subscription, `keys` of counted events.
"""
