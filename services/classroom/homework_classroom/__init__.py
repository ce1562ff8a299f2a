"""The classroom: pages for students and teachers, a client of the REST API and nothing else."""
