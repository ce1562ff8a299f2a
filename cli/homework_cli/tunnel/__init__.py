"""`homework tunnel`: makes the broker's TLS port, and nothing else, reachable from the internet."""
