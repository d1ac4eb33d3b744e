"""`tickgate connect` on a pseudo-terminal."""

import re

import pexpect

from .process import clean_environment

PROMPT = "tickgate> "
SECONDS = 20
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Shell:
    """A shell with a person: what is typed, and what the terminal shows, without its escape sequences."""

    def __init__(self, binary, url, directory, *arguments, columns=120, lines=40, environment=None):
        extra = {"TERM": "xterm", "HOME": str(directory), **(environment or {})}
        self.child = pexpect.spawn(
            str(binary),
            ["connect", url, *map(str, arguments)],
            env=clean_environment(extra),
            dimensions=(lines, columns),
            cwd=str(directory),
            encoding="utf-8",
            timeout=SECONDS,
        )
        self.child.delaybeforesend = None
        self.expect_prompt()

    def expect(self, text):
        """Waits until the terminal shows a text; gives what it showed before it."""
        self.child.expect_exact(text)
        return ESCAPES.sub("", self.child.before)

    def expect_prompt(self):
        """Waits for the prompt, empty; gives what was shown before it."""
        # The editor goes to the left, clears, writes the prompt and goes to the cursor, which is behind it.
        self.child.expect(r"\r\x1b\[Jtickgate> \r\x1b\[10C")
        return ESCAPES.sub("", self.child.before)

    def type(self, text):
        """Types keys, and waits for nothing."""
        self.child.send(text)

    def run(self, text):
        """Types a line; gives the lines that are its answer."""
        self.type(text + "\r")
        # What is typed is drawn, too; then the terminal gets its ways back, and pasted text comes without brackets.
        self.child.expect_exact("\x1b[?2004l")
        return self.expect_prompt().replace("\r\n", "\n").replace("\r", "").strip("\n").split("\n")

    def interrupt(self):
        """Ctrl-C."""
        self.child.sendintr()

    def end(self):
        """Ctrl-D, and the exit status."""
        self.child.sendeof()
        return self.wait()

    def wait(self):
        """The exit status."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus

    def kill(self):
        """Ends it, whatever it does."""
        self.child.close(force=True)
