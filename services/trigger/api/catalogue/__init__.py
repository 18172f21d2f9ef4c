"""What is sold, over HTTP: versions of the catalogue, and what another one would have sent."""
