"""The data of a run: made by MarketLoader as a store, and as the same columns for everybody else."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy

TABLES = ("trades", "quotes")
SEED = 42
SYMBOLS = 20


@dataclass(frozen=True)
class Market:
    """A directory that MarketLoader filled."""

    folder: Path
    summary: dict

    @property
    def store(self):
        return self.folder / "store"

    @property
    def tables(self):
        return tuple(self.summary["tables"])

    @property
    def symbols(self):
        return self.summary["symbols"]

    def columns(self, table):
        """The columns of a table by name, mapped."""
        paths = sorted((self.folder / "columns" / table).glob("*.npy"))
        return {path.stem: numpy.load(path, mmap_mode="r") for path in paths}


def market(tools, folder, rows, symbols=SYMBOLS, tables=TABLES, has_columns=True):
    """A market of that size in a folder, which keeps it: made if it is not there."""
    place = Path(folder) / f"{'-'.join(tables)}-{rows}-{symbols}-{SEED}"
    found = opened(place)
    if found is None or has_columns and not (place / "columns").is_dir():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        command = [tools.market_loader, place, "--rows", rows, "--symbols", symbols, "--seed", SEED]
        command += ["--tables", ",".join(tables)] + ([] if has_columns else ["--no-columns"])
        tools.run(*command)
        found = opened(place)
    return found


def opened(place):
    """The market in a directory; None unless it was finished."""
    summary = place / "market.json"
    return Market(place, json.loads(summary.read_text())) if summary.is_file() else None
