"""What clients ask for: each call is one transaction, closed before it returns."""
