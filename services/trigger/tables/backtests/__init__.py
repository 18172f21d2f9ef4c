"""What backtests read, and what they leave."""
