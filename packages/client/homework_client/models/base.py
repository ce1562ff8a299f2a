"""The base class of all models."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    # Building the validators of forty models takes longer than everything else that most commands do, so each
    # is built when it is first used.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)
