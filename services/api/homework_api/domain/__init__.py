"""What the service knows without any library: statuses, rights, errors."""
