"""The pages, one module per address: ask, view, render."""
