"""What a subscriber believes, and everything that may not happen to it."""

import zlib


class Broken(AssertionError):
    """The protocol was broken."""


class Chain:
    """The state of one subscription across connections: snapshots and deltas, each link checked."""

    def __init__(self, symbol, fields):
        self.symbol, self.fields = symbol, fields
        self.epoch = self.seq = None
        self.values, self.statuses = [None] * len(fields), ["PRESENT"] * len(fields)
        self.may_snap = True
        self.replay = 0

    def take(self, message, is_all):
        op = message["op"]
        if op == "snap":
            if not self.may_snap and message["epoch"] == self.epoch:
                raise Broken(f"{self.symbol}: a snapshot that nothing explains: {message}")
            if len(message["v"]) != len(self.fields):
                raise Broken(f"{self.symbol}: {message} has not the fields {self.fields}")
            self.epoch, self.values = message["epoch"], list(message["v"])
            self.statuses = ["PRESENT"] * len(self.fields)
            self.may_snap = False
        elif op == "d":
            if message["prev"] != self.seq or message["seq"] <= message["prev"]:
                raise Broken(f"{self.symbol}: {message} after {self.seq}")
            if is_all and message.get("n", 1) != 1:
                raise Broken(f"{self.symbol}: a merged delta in mode all: {message}")
            for index, value in zip(message["i"], message["v"]):
                self.values[index] = value
            self.replay = max(0, self.replay - 1)
        for index, status in message.get("s") or ():
            self.statuses[index] = status
        self.seq = message["seq"]


class Ledger:
    """What everybody is told of one shape in mode all: the same deltas, none left out, whoever is told by whichever way.

    Holds the last deltas by `seq`. A delta known to one and with another `prev` or content to another is an error.
    """

    KEPT = 20_000

    def __init__(self):
        self.deltas = {}
        self.compared = 0

    def take(self, epoch, message):
        key = (epoch, message["seq"])
        values = [None if value is None else float(value) for value in message["v"]]  # 58143 is 58143.0 in MessagePack
        rest = [message.get(name) for name in ("i", "s", "book", "u")]
        entry = (message["prev"], zlib.crc32(repr((message["t"][:2], values, rest)).encode()))
        known = self.deltas.setdefault(key, entry)
        if known is not entry:
            self.compared += 1
            if known[0] != entry[0] or known[1] != entry[1]:
                raise Broken(f"two subscribers were told different things of {key}: {message}")
        if len(self.deltas) > self.KEPT:
            for old in list(self.deltas)[: self.KEPT // 2]:
                del self.deltas[old]


class Rows:
    """A followed query: its chain, and the rows by key."""

    def __init__(self, entry):
        self.key = entry["key"]
        self.seq, self.rows = None, {}

    def take(self, message):
        if message["op"] == "snap":
            self.rows = {}
        elif message["prev"] != self.seq:
            raise Broken(f"query: prev {message['prev']} after {self.seq}")
        removed = set(message.get("removed") or ())
        for index, row in enumerate(message["rows"]):
            key = tuple(row[column] for column in self.key)
            if index in removed:
                self.rows.pop(key, None)
            elif self.key:
                self.rows[key] = row
        self.seq = message["seq"]
