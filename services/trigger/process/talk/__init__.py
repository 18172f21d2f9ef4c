"""The conversation about a deal: its questions, what was said, its eight steps."""
