// The query panel: sends the text, shows rows, or the error with its caret.

const ROWS_SHOWN = 1000;

const EXAMPLES = [
  ["Tables", "SHOW TABLES"],
  ["Columns of a table", "SHOW COLUMNS FROM trades"],
  ["One-minute bars from trades", "SELECT time, symbol, ohlcv(price, size) FROM trades SAMPLE BY 1m ORDER BY time DESC LIMIT 20"],
  ["One-minute bars, closed", "SELECT * FROM \"1Min/OHLCV\" ORDER BY time DESC LIMIT 20"],
  ["Volume by side", "SELECT symbol, side, count() AS trades, sum(size) AS volume, vwap(price, size) AS vwap FROM trades"],
  ["Latest quote of each instrument", "SELECT * FROM quotes LATEST BY symbol"],
  ["Largest trades", "SELECT time, symbol, side, price, size FROM trades ORDER BY size DESC LIMIT 20"],
  ["Book features, every second", "SELECT * FROM \"book_features@v1\" ORDER BY time DESC LIMIT 30"],
  ["States of the books", "SELECT time, symbol, state, reason FROM book WHERE kind = 'state' ORDER BY time DESC LIMIT 30"],
];

const byId = (id) => document.getElementById(id);

export function startQuery() {
  const text = byId("query");
  const examples = byId("examples");
  examples.append(...EXAMPLES.map(([title, query]) => new Option(title, query)));
  examples.addEventListener("change", () => {
    if (!examples.value) return;
    text.value = examples.value;
    examples.value = "";
    run();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });
  byId("query-form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
}

async function run() {
  const text = byId("query").value;
  byId("run").disabled = true;
  byId("query-status").textContent = "running";
  try {
    const response = await fetch("/v1/query", {
      method: "POST",
      headers: { "Content-Type": "text/plain", Accept: "application/json" },
      body: text,
    });
    const answer = await response.json();
    response.ok ? showRows(text, answer) : showError(text, answer);
  } catch (error) {
    showError(text, { title: "The gateway did not answer", detail: String(error.message ?? error) });
  } finally {
    byId("run").disabled = false;
  }
}

function showRows(text, { columns, rows, rows_count: count, elapsed_us: elapsed }) {
  byId("query-error").hidden = true;
  const head = document.createElement("tr");
  head.append(...columns.map(heading));
  byId("result").tHead.replaceChildren(head);
  const shown = rows.slice(0, ROWS_SHOWN).map((row) => {
    const element = document.createElement("tr");
    element.append(...row.map((value, place) => dataCell(value, columns[place])));
    return element;
  });
  byId("result").tBodies[0].replaceChildren(...shown);
  const extent = count > ROWS_SHOWN ? `, the first ${ROWS_SHOWN} shown` : "";
  byId("query-status").textContent =
    `${count.toLocaleString("en")} row${count === 1 ? "" : "s"} in ${(elapsed / 1000).toFixed(1)} ms${extent}`;
  const link = byId("csv");
  link.href = `/v1/query?format=csv&q=${encodeURIComponent(text)}`;
  link.hidden = false;
}

function heading({ name, type }) {
  const element = document.createElement("th");
  element.scope = "col";
  element.className = isNumber(type) ? "number" : "";
  element.textContent = name;
  const kind = document.createElement("span");
  kind.className = "type";
  kind.textContent = type;
  element.append(kind);
  return element;
}

function dataCell(value, { type }) {
  const element = document.createElement("td");
  element.className = value === null ? "null" : isNumber(type) ? "number" : "";
  element.textContent = value === null ? "null" : String(value);
  return element;
}

function isNumber(type) {
  return type === "int64" || type === "float64";
}

function showError(text, problem) {
  byId("result").tHead.replaceChildren();
  byId("result").tBodies[0].replaceChildren();
  byId("csv").hidden = true;
  byId("query-status").textContent = "";
  byId("error-message").textContent = problem.detail ?? problem.title;
  byId("error-snippet").textContent = problem.snippet ?? caret(text, problem.position);
  byId("error-hint").textContent = problem.hint ?? "";
  byId("query-error").hidden = false;
}

function caret(text, position) {
  if (!position) return "";
  const line = text.split("\n")[position.line - 1] ?? "";
  return `${line}\n${" ".repeat(position.column - 1)}${"^".repeat(Math.max(1, position.length ?? 1))}`;
}
