"""Whether an offer helped: one-click answers, and the first click on its link (R-214)."""
