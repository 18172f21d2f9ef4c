"""The database schema, forward only. One revision per owner in a straight chain: 0001_loop …
0005_judgement.
"""

from shared.migrations.run import SchemaBehind, check, head, is_known, upgrade

__all__ = ["SchemaBehind", "check", "head", "is_known", "upgrade"]
