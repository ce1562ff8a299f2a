"""The error that ends a cell when the person at the notebook has to do something."""


class Stopped(Exception):
    """The cell shows only this text: what is wrong and what to do."""

    def _render_traceback_(self) -> list[str]:  # IPython calls this
        return [str(self)]
