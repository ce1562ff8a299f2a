"""What REST clients send and receive, one module per subject."""
