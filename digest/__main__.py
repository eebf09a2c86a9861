"""`python -m digest` is the command `digest`."""

from digest.cli import main

# child processes that read documents import this module, too
if __name__ == "__main__":
    main()
