"""`python -m doctocbot` is `doctocbot`."""

from doctocbot.cli import main

if __name__ == "__main__":
    main()
