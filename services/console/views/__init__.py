"""What templates show, made of the API's JSON. Pure: tested without a server."""
