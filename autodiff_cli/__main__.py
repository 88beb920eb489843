"""The entry point, of the command `autodiff` and of `python -m autodiff_cli` alike."""

import sys


def main() -> None:
    """Run the command line; loading it may be interrupted like the run itself."""
    try:
        from autodiff_cli.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
