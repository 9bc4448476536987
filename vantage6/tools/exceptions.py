"""Why a run in a container ends without a result, and the exit code that says so.

::

    AlgorithmError                       1   the run cannot be completed
    ├── InputError                      64   the researcher's input cannot be used
    │   ├── UserInputError                   … as an algorithm says it
    │   └── DeserializationError             … cannot be read at all
    ├── DataError                       65   the data of the site cannot be used
    │   ├── DataReadError                    … cannot be read
    │   └── DataTypeError                    … are not of the type that is needed
    ├── ClientError                     69   asking other organizations failed
    │   ├── SubtaskCreationError             … when the sub-task was made
    │   ├── CollectOrganizationError         … when the organizations were listed
    │   └── CollectResultsError              … when the results were collected
    ├── AlgorithmRuntimeError           70   the computation failed
    │   ├── AlgorithmExecutionError          … the function raised
    │   ├── MaxIterationsReached             … it takes more iterations than allowed
    │   └── ConvergenceError                 … it does not converge
    ├── OutOfMemoryError                71   the computation needs more memory than there is
    ├── AlgorithmInitializationError    72   the image cannot be used
    │   ├── AlgorithmModuleNotFoundError     … has no such package
    │   └── MethodNotFoundError              … has no such function
    ├── OutputError                     73   the result cannot be written
    ├── PrivacyViolation                77   the answer may not leave the site
    │   └── PrivacyThresholdViolation        … because too few rows are behind it
    ├── NodePermissionException         77   the node's owner does not allow it
    └── EnvironmentVariableError        78   a variable of the node cannot be used
        └── EnvironmentVariableNotFoundError … is not there

Their messages end up in the log of the run, which travels to the server in the clear: a message
holds neither data nor input. An algorithm may raise any of them on purpose; its message is
then shown as it is. Of all other exceptions only the type and the place are shown.

Notes
-----
The codes are those of ``sysexits.h`` where it has a fitting one. An algorithm that ends its own
process keeps its code, and 137 means that the kernel killed it.
"""

from typing import ClassVar

from vantage6.common.errors import V6Error


class AlgorithmError(V6Error):
    """The run cannot be completed."""

    code = "algorithm"
    exit_code: ClassVar[int] = 1


class InputError(AlgorithmError):
    """The input of the task cannot be used."""

    exit_code = 64


class UserInputError(InputError):
    """The researcher has to ask in another way."""


class DeserializationError(InputError):
    """The input of the task cannot be read."""


DeserializationException = DeserializationError
"""The 3.x name."""


class DataError(AlgorithmError):
    """The data of the site cannot be used."""

    exit_code = 65


class DataReadError(DataError):
    """The database cannot be read."""


class DataTypeError(DataError):
    """The data are not of the type that is needed."""


class ClientError(AlgorithmError):
    """Asking other organizations failed."""

    exit_code = 69


class SubtaskCreationError(ClientError):
    """A sub-task cannot be made."""


SubtakCreationError = SubtaskCreationError
"""The 4.x name."""


class CollectOrganizationError(ClientError):
    """The organizations cannot be listed."""


class CollectResultsError(ClientError):
    """The results of a sub-task cannot be collected."""


class AlgorithmRuntimeError(AlgorithmError):
    """The computation failed."""

    exit_code = 70


class AlgorithmExecutionError(AlgorithmRuntimeError):
    """The algorithm's function failed."""


class MaxIterationsReached(AlgorithmRuntimeError):
    """The computation takes more iterations than it may."""


class ConvergenceError(AlgorithmRuntimeError):
    """The computation does not converge."""


class OutOfMemoryError(AlgorithmError):
    """The computation needs more memory than there is."""

    exit_code = 71


class AlgorithmInitializationError(AlgorithmError):
    """The algorithm cannot be started."""

    exit_code = 72


class AlgorithmModuleNotFoundError(AlgorithmInitializationError):
    """The image holds no such package."""


class MethodNotFoundError(AlgorithmInitializationError):
    """The algorithm has no such function."""


class OutputError(AlgorithmError):
    """The result cannot be written."""

    exit_code = 73


class PrivacyViolation(AlgorithmError):
    """The answer may not leave the site."""

    exit_code = 77


class PrivacyThresholdViolation(PrivacyViolation):
    """The answer may not leave the site, because too few rows are behind it."""


class NodePermissionException(AlgorithmError):
    """The owner of the node does not allow it."""

    exit_code = 77


class EnvironmentVariableError(AlgorithmError):
    """A variable that the node set cannot be used."""

    exit_code = 78


class EnvironmentVariableNotFoundError(EnvironmentVariableError):
    """The node did not set a variable that is needed."""
