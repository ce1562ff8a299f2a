"""The web console: a client of the REST API and of RabbitMQ's management API, nothing else."""
