"""What tests share: servers, databases, clients. Real ones all."""
