"""`python -m imglearn.tui` is the command `imglearn-tui`."""

from imglearn.tui import main

if __name__ == "__main__":
    main()
