"""What a customer is proposed in a deal: whether it may be, in which words, what came of it."""
