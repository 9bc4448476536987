"""Where scripts of 3.x import these from; they live in `second_factor` and `logs`."""

from vantage6.client.logs import LogLevel
from vantage6.client.second_factor import show_qr_image as show_qr_code_image
from vantage6.client.second_factor import show_setup as print_qr_code

__all__ = ["LogLevel", "print_qr_code", "show_qr_code_image"]
