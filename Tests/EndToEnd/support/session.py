"""A whole recording sent through a running gateway, with subscribers that were there from the start."""

from .process import wait_until
from .replay import Replay
from .stream import SNAPSHOT_OR_DELTA, Recorder, StreamClient, Subscription

SYMBOL = "BTC-USDT.BINANCE"
BEFORE_SNAPSHOT = 7


class RecordedSession:
    """Sends the recording once and keeps what two subscribers received: one by name, one by wildcard."""

    def __init__(self, gateway, lines):
        self.gateway = gateway
        with StreamClient(gateway, max_queue=None) as early, StreamClient(gateway, max_queue=None) as late:
            self.before_first_data = late.subscribe([SYMBOL], id=1)
            early.subscribe(["*"], id=2)
            by_wildcard = Recorder(early)
            upload = Replay("127.0.0.1", gateway.port)
            upload.send(lines[:BEFORE_SNAPSHOT])
            wait_until(lambda: SYMBOL in gateway.http.get("/v1/symbols").text, 20, gateway.log)
            if not self.before_first_data["subs"]:
                self.after_first_data = late.subscribe([SYMBOL], id=3)
            else:
                self.after_first_data = self.before_first_data
            by_name = Recorder(late)
            upload.send(lines[BEFORE_SNAPSHOT:])
            self.upload = upload.finish()
            self.last_features = gateway.http.get(f"/v1/features/{SYMBOL}").json()
            self.by_name = finish(by_name, SYMBOL, self.last_features["seq"])
            self.by_wildcard = finish(by_wildcard, SYMBOL, self.last_features["seq"])
            self.named = late.subscription(SYMBOL)
            self.wild = early.subscription(SYMBOL)


def finish(recorder, symbol, seq):
    """Waits until a recorder's subscription has reached `seq`; the messages of the symbol's subscription."""

    def has_arrived():
        if recorder.failure is not None or not recorder.thread.is_alive():
            return True
        found = [s for s in recorder.client.subscriptions.values() if s.symbol == symbol]
        return bool(found) and found[0].seq is not None and found[0].seq >= seq

    wait_until(has_arrived, 60, lambda: f"the subscriber has not reached seq {seq}")
    messages = recorder.stop()
    sids = {s.sid for s in recorder.client.subscriptions.values() if s.symbol == symbol}
    return [m for m in messages if m["op"] in SNAPSHOT_OR_DELTA and m["sid"] in sids]


def replayed_states(subscription, messages):
    """Rebuilds a subscription from its messages; yields (message, state after it)."""
    entry = {"sid": subscription.sid, "symbol": subscription.symbol, "fields": subscription.fields}
    again = Subscription(entry)
    for message in messages:
        again.apply(message)
        yield message, again
