"""How a cell ends when someone has to do something."""


class Stopped(Exception):
    """The text is all that the cell shows: what is wrong and what to do."""

    def _render_traceback_(self) -> list[str]:  # IPython asks for it
        return [str(self)]
