"""The link in every mail with an offer, and the page behind it."""
