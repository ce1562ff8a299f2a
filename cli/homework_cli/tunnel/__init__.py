"""`homework tunnel`: a way from the internet to the broker's TLS port, and to nothing else."""
