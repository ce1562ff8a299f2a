"""The code that the services share: the exercises, the messages, the connection to RabbitMQ and the worker
loop.
"""

__version__ = "0.1.0"
"""The version of all packages. `.ci/set_version.py` changes it, and the projects that state it too."""
