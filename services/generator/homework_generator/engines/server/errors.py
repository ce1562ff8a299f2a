"""The errors of a server, each with its consequence for the request."""


class ServerError(Exception):
    """Root of these errors. The text quotes the server and contains no key."""


class Unreachable(ServerError):
    """No server answers there, or one that does not speak this protocol."""


class Denied(ServerError):
    """The server does not accept the key."""


class NotFound(ServerError):
    """The server does not know the address or the model."""


class Busy(ServerError):
    """The server asks to retry after so many seconds."""

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


class Refused(ServerError):
    """The server can never answer this request: a retry does not help."""


class Broken(ServerError):
    """This answer failed, with an error of the server or by being cut off. A retry may help."""
