"""Documents for those who decide at the customer: composed from a deal, written as HTML or PDF."""
