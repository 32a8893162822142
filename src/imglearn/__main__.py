"""`python -m imglearn` is the command `imglearn`."""

from imglearn.cli import main

if __name__ == "__main__":
    main()
