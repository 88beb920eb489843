"""autodiff: exact derivatives of formulas, from the command line."""

__version__ = "0.5.0"
