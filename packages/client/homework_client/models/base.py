"""What all models share."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    # The validators of forty models take longer to build than most commands need for everything else.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)
