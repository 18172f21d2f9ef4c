"""What the role of a contact permits. Pure."""

BUYERS = frozenset({"owner", "billing_admin", "admin", "decision_maker", "champion"})
"""Roles that may buy: only they get offers, and only they see links to buy (BP-16)."""
ADMINS = ("owner", "billing_admin", "admin")
"""Whom a member asks: the first contact with the first of these roles."""
