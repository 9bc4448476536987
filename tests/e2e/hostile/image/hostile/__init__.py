"""A hostile algorithm: it tries to get out, and at the data of others, in every way named here.

Each probe is a function; its docstring is the line about it in docs/guide/security.md. It gives
evidence of what it got, or raises, or gives nothing. Each runs in a process of its own, and does
no harm also where it succeeds: a control runs them with rights that let them.

This package is the program of a container and uses nothing but the standard library.
"""

from hostile import data, machine, network, rights
from hostile.asking import PROBES

__all__ = ["PROBES", "data", "machine", "network", "rights"]
