"""The requests and responses of the REST API, one module for each subject."""
