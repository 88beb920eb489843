"""How checks are shown."""
