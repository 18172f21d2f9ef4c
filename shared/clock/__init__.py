"""The clock of decisions, and the test clock that every process follows."""
