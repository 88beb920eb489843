"""`python -m autodiff_cli`: the same as the command `autodiff`."""

from autodiff_cli.cli.main import main

if __name__ == "__main__":
    main()
