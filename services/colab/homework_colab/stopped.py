"""The error that ends a cell when the user of the notebook has to do something."""


class Stopped(Exception):
    """The cell shows only the text of this error: what is wrong and what to do."""

    def _render_traceback_(self) -> list[str]:  # IPython calls this to print the error.
        return [str(self)]
