"""What an account has bought: orders, how they change what is in force, and what follows."""
