"""What the step up costs, what it is worth, and what waiting costs. Pure."""
