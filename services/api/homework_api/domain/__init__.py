"""The rules of the service that need no library: statuses, rights, errors."""
