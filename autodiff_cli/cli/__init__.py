"""The command line: arguments, one file for each command, exit codes. No mathematics."""
