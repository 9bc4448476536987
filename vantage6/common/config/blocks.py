"""Configuration blocks that server and node share."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Level = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "NOTSET"],
    # The wizard of 3.x writes those of single loggers in small letters.
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]


class Block(BaseModel):
    """Base of all configuration: frozen, and unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_block_is_all_defaults(cls, value: Any) -> Any:
        # `logging:` with nothing below it is what remains when all in it is commented out.
        return {} if value is None else value


class LoggerLevel(Block):
    """Level of one logger."""

    name: str = Field(description="Name of the logger, such as urllib3")
    level: Level = Field(description="Lowest level that is written")


class Logging(Block):
    """How much is logged, and where."""

    level: Level = Field("INFO", description="Lowest level that is written")
    use_console: bool = Field(True, description="Write to the console as well")
    backup_count: int = Field(5, ge=1, description="Number of old log files that are kept")
    max_size: int = Field(
        1024, ge=16, description="Size of a log file before it is rotated, in kB"
    )
    format: str = Field(
        "%(asctime)s - %(name)-14s - %(levelname)-8s - %(message)s",
        description="Form of a line, see logging.Formatter",
    )
    datefmt: str = Field("%Y-%m-%d %H:%M:%S", description="Form of the time in a line")
    file: str | None = Field(
        None, description="Name of the log file; a node names its own and ignores this 3.x key"
    )
    loggers: tuple[LoggerLevel, ...] = Field((), description="Levels of single loggers")


class Directories(Block):
    """Folders to use instead of those of the system."""

    log: str | None = Field(None, description="Folder for log files")
    data: str | None = Field(None, description="Folder for data")
