// The panel of live features: one row a feature, repainted at most ten times a second whatever the feed does.

import { FeatureStream } from "./stream.js";
import { Sparkline } from "./sparkline.js";

const PAINT_MS = 100;
const POINT_MS = 500;
const INSTRUMENTS_MS = 3000;
const DAY_US = 86_400e6;

const byId = (id) => document.getElementById(id);

export function startLive() {
  const stream = new FeatureStream();
  const panel = new LivePanel(stream);
  stream.addEventListener("connection", (event) => panel.showConnection(event.detail));
  stream.addEventListener("change", () => panel.changed());
  byId("instrument").addEventListener("change", (event) => stream.follow(event.target.value));
  setInterval(() => panel.paint(), PAINT_MS);
  setInterval(() => panel.point(), POINT_MS);
  setInterval(() => panel.refreshInstruments(), INSTRUMENTS_MS);
  panel.refreshInstruments();
  stream.connect();
}

class LivePanel {
  #stream;
  #rows = [];
  #fields = null;
  #hasChanged = false;
  #rate = { deltas: 0, at: performance.now() };
  #catalog = new Map();
  #instruments = "";

  constructor(stream) {
    this.#stream = stream;
  }

  showConnection({ state, text }) {
    const pill = byId("connection");
    if (pill.textContent === text) return;
    pill.dataset.state = state;
    pill.textContent = text;
  }

  changed() {
    this.#hasChanged = true;
  }

  async refreshInstruments() {
    try {
      if (this.#catalog.size === 0) {
        const { features } = await getJSON("/v1/features?symbols=-"); // the definitions, and no instrument's values
        this.#catalog = new Map(features.map((feature) => [feature.name, feature]));
      }
      const { symbols } = await getJSON("/v1/symbols");
      this.#offer(symbols);
    } catch {
      // The pill already says that the gateway is away; the next round tries again.
    }
  }

  #offer(names) {
    const key = names.join("\n");
    if (key === this.#instruments || names.length === 0) return;
    this.#instruments = key;
    const select = byId("instrument");
    const wasEmpty = select.value === "";
    const chosen = names.includes(select.value) ? select.value : names[0];
    select.replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
    if (wasEmpty || select.value !== chosen) {
      select.value = chosen;
      this.#stream.follow(chosen);
    }
  }

  // Adds a point twice a second even when nothing moves, so that a flat line means a flat value.
  point() {
    this.#rows.forEach((row, place) => {
      row.spark.push(this.#stream.values[place] ?? null);
      row.spark.draw();
    });
    const now = performance.now();
    const seconds = (now - this.#rate.at) / 1000;
    const deltas = this.#stream.deltas - this.#rate.deltas;
    this.#rate = { deltas: this.#stream.deltas, at: now };
    byId("rate").textContent = this.#stream.seq === null ? "–" : (deltas / seconds).toFixed(0);
  }

  paint() {
    if (!this.#hasChanged) return;
    this.#hasChanged = false;
    const stream = this.#stream;
    if (this.#fields !== stream.fields) this.#build();
    this.#rows.forEach((row, place) => {
      const value = stream.values[place];
      const status = stream.statuses[place] ?? "";
      setText(row.value, formatNumber(value));
      if (row.status.dataset.status !== status) {
        row.status.dataset.status = status;
        row.status.textContent = status.toLowerCase().replace("_", " ");
      }
    });
    this.#paintTiles();
  }

  #paintTiles() {
    const { book, epoch, seq, time } = this.#stream;
    const badge = byId("book");
    badge.dataset.state = book ?? "none";
    setText(badge, book ?? "none");
    setText(byId("epoch"), epoch ?? "–");
    setText(byId("seq"), seq === null ? "–" : seq.toLocaleString("en"));
    if (!time) return;
    const age = Date.now() * 1000 - time[0];
    const isReplay = Math.abs(age) > DAY_US;
    setText(byId("latency-label"), isReplay ? "Gateway to browser" : "Exchange to browser");
    setText(byId("latency"), formatLatency(isReplay ? Date.now() * 1000 - time[2] : age));
    setText(byId("event-time"), new Date(time[0] / 1000).toISOString().replace("T", " ").replace("Z", ""));
  }

  #build() {
    this.#fields = this.#stream.fields;
    this.#rows = [];
    let view = null;
    const rows = [];
    for (const name of this.#fields) {
      const feature = this.#catalog.get(name) ?? {};
      if (feature.view && feature.view !== view) {
        view = feature.view;
        rows.push(groupRow(view));
      }
      const row = featureRow(name, feature);
      this.#rows.push(row);
      rows.push(row.element);
    }
    if (rows.length === 0) rows.push(emptyRow());
    byId("features").tBodies[0].replaceChildren(...rows);
  }
}

function groupRow(view) {
  const row = document.createElement("tr");
  row.className = "group";
  const cell = document.createElement("th");
  cell.colSpan = 5;
  cell.scope = "rowgroup";
  cell.textContent = view;
  row.append(cell);
  return row;
}

function featureRow(name, feature) {
  const element = document.createElement("tr");
  element.title = feature.summary ?? "";
  element.dataset.feature = name;
  const heading = document.createElement("th");
  heading.scope = "row";
  heading.textContent = name;
  const value = cell("number value", "–");
  const unit = cell("unit", feature.unit ?? "");
  const status = cell("status", "");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const chart = cell("chart", "");
  chart.append(canvas);
  element.append(heading, value, unit, status, chart);
  return { element, value, status, spark: new Sparkline(canvas) };
}

function emptyRow() {
  const row = document.createElement("tr");
  const only = cell("empty", "Waiting for the first snapshot.");
  only.colSpan = 5;
  row.append(only);
  return row;
}

function cell(className, text) {
  const element = document.createElement("td");
  element.className = className;
  element.textContent = text;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function formatNumber(value) {
  if (value === null || value === undefined) return "–";
  return Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(10)));
}

function formatLatency(microseconds) {
  if (Math.abs(microseconds) < 10_000) return `${(microseconds / 1000).toFixed(1)} ms`;
  if (Math.abs(microseconds) < 10e6) return `${Math.round(microseconds / 1000)} ms`;
  return `${Math.round(microseconds / 1e6)} s`;
}

async function getJSON(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}
