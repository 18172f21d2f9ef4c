"""Charts as SVG, made of numbers: readable without colour, printable, no script. Pure.

Each is the inside of an `<svg>`; `figure` puts it into a figure with its finding, a table of the
same numbers and a link to them as CSV. Texts and formatted numbers come from whoever draws it.
"""
