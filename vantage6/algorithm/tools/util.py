"""The 4.x name of `vantage6.tools.util`."""

from vantage6.tools.util import check_envvar_value_positive, error, get_env_var, info, warn

__all__ = ["check_envvar_value_positive", "error", "get_env_var", "info", "warn"]
