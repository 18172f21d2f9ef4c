"""Records that could not be used: listed, corrected and sent again, or set aside."""
