"""What the customer may be told, and what the person who sells is told to say. Pure."""
