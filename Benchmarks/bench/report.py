"""Prints figures as they are measured: a title, the command, and a small table."""


class Report:
    """Writes to standard output."""

    def __init__(self, is_smoke):
        if is_smoke:
            print("Smoke run: sizes are tiny, the figures mean nothing.\n")

    def section(self, title):
        print(f"\n## {title}\n")

    def command(self, *arguments):
        print("    $ " + " ".join(map(str, arguments)))

    def note(self, text):
        print(f"    {text}")

    def table(self, header, rows):
        """Prints aligned columns; the first is left-aligned."""
        lines = [header, *rows]
        widths = [max(len(str(line[column])) for line in lines) for column in range(len(header))]
        print()
        for index, line in enumerate(lines):
            first, *rest = (str(cell) for cell in line)
            print("    " + "  ".join([first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:]))]))
            if index == 0:
                print("    " + "  ".join("-" * width for width in widths))
        print(flush=True)

    def end(self):
        print("Done.")


def number(value, digits=0):
    """A number with thousands separated."""
    return f"{value:,.{digits}f}"
