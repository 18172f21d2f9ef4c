"""The ways out of Plimsoll: what a channel is, one module or a few for each, and their settings."""
