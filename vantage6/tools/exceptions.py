"""Why a run in a container ends without a result.

::

    AlgorithmError
    ├── InputError                      the researcher's input cannot be used
    │   └── DeserializationError        … cannot be read at all
    ├── EnvironmentVariableError        a variable of the node cannot be used
    │   └── EnvironmentVariableNotFoundError  … is not there
    ├── PrivacyViolation                the answer may not leave the site
    │   └── PrivacyThresholdViolation   … because too few rows are behind it
    ├── DataReadError                   the database cannot be read
    ├── AlgorithmInitializationError
    │   ├── AlgorithmModuleNotFoundError  the image has no such package
    │   └── MethodNotFoundError         the package has no such function
    ├── AlgorithmExecutionError         the function raised
    └── OutputError                     the result cannot be written

Their messages end up in the log of the run, which travels to the server in the clear: a message
holds neither data nor input. An algorithm may raise any of them on purpose; its message is
then shown as it is. Of all other exceptions only the type and the place are shown.
"""

from vantage6.common.errors import V6Error


class AlgorithmError(V6Error):
    """The run cannot be completed."""

    code = "algorithm"


class InputError(AlgorithmError):
    """The input of the task cannot be used."""


class DeserializationError(InputError):
    """The input of the task cannot be read."""


DeserializationException = DeserializationError
"""The 3.x name."""


class EnvironmentVariableError(AlgorithmError):
    """A variable that the node set cannot be used."""


class EnvironmentVariableNotFoundError(EnvironmentVariableError):
    """The node did not set a variable that is needed."""


class PrivacyViolation(AlgorithmError):
    """The answer may not leave the site."""


class PrivacyThresholdViolation(PrivacyViolation):
    """The answer may not leave the site, because too few rows are behind it."""


class DataReadError(AlgorithmError):
    """The database cannot be read."""


class AlgorithmInitializationError(AlgorithmError):
    """The algorithm cannot be started."""


class AlgorithmModuleNotFoundError(AlgorithmInitializationError):
    """The image holds no such package."""


class MethodNotFoundError(AlgorithmInitializationError):
    """The algorithm has no such function."""


class AlgorithmExecutionError(AlgorithmError):
    """The algorithm's function failed."""


class OutputError(AlgorithmError):
    """The result cannot be written."""
