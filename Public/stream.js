// A subscriber of /v1/stream for one instrument: rebuilds the state from a snapshot and deltas, and reconnects for ever.

const RECONNECT_MS = { least: 500, most: 15000 };

export class FeatureStream extends EventTarget {
  #socket = null;
  #symbol = "";
  #request = 0;
  #attempt = 0;
  #timer = 0;

  fields = [];
  values = [];
  statuses = [];
  epoch = null;
  seq = null;
  book = null;
  time = null;
  deltas = 0;

  connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/v1/stream`);
    this.#socket = socket;
    this.#announce("connecting", "connecting");
    socket.onopen = () => {
      this.#attempt = 0;
      this.#announce("connected", "connected");
      this.#subscribe();
    };
    socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    socket.onclose = (event) => this.#reconnect(event.code);
  }

  // Follows another instrument, or none for an empty name.
  follow(symbol) {
    this.#symbol = symbol;
    this.#forget();
    if (this.#socket?.readyState === WebSocket.OPEN) {
      if (this.sid !== undefined) this.#send({ op: "unsubscribe", id: ++this.#request, sid: [this.sid] });
      this.sid = undefined;
      this.#subscribe();
    }
  }

  #subscribe() {
    if (!this.#symbol) return;
    this.#send({ op: "subscribe", id: ++this.#request, symbols: [this.#symbol], features: ["*"], mode: "conflate" });
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #take(message) {
    switch (message.op) {
      case "subscribed":
        if (message.id === this.#request && message.subs.length > 0) {
          this.sid = message.subs[0].sid;
          this.fields = message.subs[0].fields;
        }
        break;
      case "snap":
        if (message.sid !== this.sid) return;
        this.values = message.v;
        this.statuses = this.fields.map(() => "PRESENT");
        this.epoch = message.epoch;
        this.#advance(message);
        break;
      case "d":
        if (message.sid !== this.sid) return;
        if (message.prev !== this.seq) return this.follow(this.#symbol); // a broken chain: start over from a snapshot
        message.i.forEach((field, place) => { this.values[field] = message.v[place]; });
        this.deltas += message.n ?? 1;
        this.#advance(message);
        break;
      case "goaway":
        this.#announce("closed", `going away: ${message.reason}`);
        break;
      case "error":
        this.#announce("closed", message.message);
        break;
    }
  }

  #advance(message) {
    for (const [field, status] of message.s ?? []) this.statuses[field] = status;
    this.seq = message.seq;
    this.time = message.t;
    if (message.book) this.book = message.book;
    this.dispatchEvent(new Event("change"));
  }

  #forget() {
    Object.assign(this, { fields: [], values: [], statuses: [], epoch: null, seq: null, book: null, time: null });
    this.dispatchEvent(new Event("change"));
  }

  #reconnect(code) {
    const limit = Math.min(RECONNECT_MS.most, RECONNECT_MS.least * 2 ** this.#attempt++);
    const wait = limit / 2 + Math.random() * (limit / 2);
    this.sid = undefined;
    this.#announce("closed", `closed (${code}), again in ${Math.max(1, Math.round(wait / 1000))} s`);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), wait);
  }

  #announce(state, text) {
    this.dispatchEvent(new CustomEvent("connection", { detail: { state, text } }));
  }
}
