"""What can go wrong between us and a server, each with what it means for the request."""


class ServerError(Exception):
    """Base of these errors. The text has no key in it and says what the server said."""


class Unreachable(ServerError):
    """Nobody answers there, or somebody who does not speak this protocol."""


class Denied(ServerError):
    """The server does not take the key."""


class NotFound(ServerError):
    """The server does not know the address or the model."""


class Busy(ServerError):
    """The server asks to come back in so many seconds."""

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


class Refused(ServerError):
    """The server can never answer this request."""


class Broken(ServerError):
    """This answer failed: an error of the server, or an answer that was cut off."""
