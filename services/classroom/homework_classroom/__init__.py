"""The classroom: pages for students, a client of the REST API and nothing else."""
