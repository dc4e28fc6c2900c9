"use strict";
// The reference, drawn from /openapi.json. The inside of a call is made when it is first opened.

const by_id = (id) => document.getElementById(id);
const origin = location.origin;
let spec;

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

const resolve = (part) =>
  part.$ref ? part.$ref.slice(2).split("/").reduce((at, name) => at[name], spec) : part;
const example_of = (part) => {
  const [type, content] = Object.entries(part?.content ?? {})[0] ?? [];
  if (!content) return undefined;
  const text = type === "application/json" ? JSON.stringify(content.example, null, 2) : content.example;
  return { type, text };
};

// Keys: in this tab only.

const key_fields = ["app-id", "app-token"];
for (const id of key_fields) by_id(id).value = sessionStorage.getItem(id) ?? "";
const has_keys = () => key_fields.every((id) => by_id(id).value.trim());

function keys_changed() {
  for (const id of key_fields) sessionStorage.setItem(id, by_id(id).value.trim());
  const words = has_keys()
    ? "Both are set."
    : "Not set yet. The set-up link shows the first ones; perennial keys create makes more.";
  if (by_id("keys-state").textContent !== words) by_id("keys-state").textContent = words;
  document.dispatchEvent(new Event("keys"));
}
by_id("keys").addEventListener("input", keys_changed);
by_id("keys").addEventListener("submit", (event) => event.preventDefault());

// A request is made of the fields of one call; fetch and curl both come from it.

function request_of(call) {
  let path = call.path;
  const query = [];
  const headers = [];
  if (has_keys()) {
    headers.push(["X-App-Id", by_id("app-id").value.trim()]);
    headers.push(["X-App-Token", by_id("app-token").value.trim()]);
  }
  for (const { parameter, input } of call.fields) {
    const value = input.value.trim();
    if (!value) continue;
    if (parameter.in === "path") {
      path = path.replace(`{${parameter.name}}`, () => encodeURIComponent(value));
    } else if (parameter.in === "query") {
      query.push(`${encodeURIComponent(parameter.name)}=${encodeURIComponent(value)}`);
    } else {
      headers.push([parameter.name, value]);
    }
  }
  const body = call.body?.value.trim() ? call.body.value : undefined;
  if (body !== undefined) headers.push(["Content-Type", call.body_type]);
  const url = origin + path + (query.length ? `?${query.join("&")}` : "");
  return { method: call.method.toUpperCase(), url, headers, body };
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl_of({ method, url, headers, body }) {
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${quote(url)}`];
  for (const [name, value] of headers) lines.push(`-H ${quote(`${name}: ${value}`)}`);
  if (body !== undefined) lines.push(`--data-raw ${quote(body)}`);
  return lines.join(" \\\n  ");
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function copy(text, button) {
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select and copy by hand";
  }
  setTimeout(() => (button.textContent = words), 2000);
}

// What was typed for a path parameter is offered again at the next call.
const typed = new Map();

function field_of(call, parameter, index) {
  const id = `${call.id}-${index}`;
  const input = make("input", { id, autocomplete: "off", spellcheck: false });
  input.autocapitalize = "off";
  const schema = parameter.schema ?? {};
  if (schema.type === "integer") input.inputMode = "numeric";
  if (parameter.required) {
    input.setAttribute("aria-required", "true");
    input.value = typed.get(parameter.name) ?? "";
    input.addEventListener("input", () => typed.set(parameter.name, input.value));
  }
  call.fields.push({ parameter, input });
  const words = [parameter.required ? "Required." : "", parameter.description ?? ""].filter(Boolean);
  const label = make("label", { for: id }, make("span", { className: "name", textContent: parameter.name }));
  const field = make("div", { className: "field" }, label);
  if (words.length) {
    field.append(make("p", { className: "hint", id: `${id}-hint`, textContent: words.join(" ") }));
    input.setAttribute("aria-describedby", `${id}-hint`);
  }
  if (parameter.name === "Idempotency-Key") {
    const button = make("button", { type: "button", className: "button plain small" }, "Make a key");
    button.addEventListener("click", () => {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      input.value = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    field.append(make("div", { className: "row" }, input, button));
  } else {
    field.append(input);
  }
  return field;
}

function body_field(call, example) {
  const id = `${call.id}-body`;
  call.body_type = example.type;
  call.body = make("textarea", { id, value: example.text, spellcheck: false });
  call.body.rows = Math.min(18, example.text.split("\n").length + 1);
  const wrong = make("p", { className: "wrong", id: `${id}-wrong` });
  call.body.setAttribute("aria-describedby", wrong.id);
  const check = () => {
    let words = "";
    if (example.type === "application/json" && call.body.value.trim()) {
      try {
        JSON.parse(call.body.value);
      } catch (mistake) {
        words = `Not JSON yet: ${mistake.message}`;
      }
    }
    wrong.textContent = words;
    call.body.setAttribute("aria-invalid", String(Boolean(words)));
  };
  call.body.addEventListener("input", check);
  return make("div", { className: "field" }, make("label", { for: id }, "Body"), call.body, wrong);
}

function headers_of(answer) {
  const list = make("dl");
  for (const [name, value] of answer.headers)
    list.append(make("dt", { textContent: name }), make("dd", { textContent: value }));
  return make("details", {}, make("summary", {}, "Headers"), list);
}

function first_missing(call) {
  let first;
  for (const { parameter, input } of call.fields) {
    const missing = Boolean(parameter.required) && !input.value.trim();
    if (parameter.required) input.setAttribute("aria-invalid", String(missing));
    if (missing) first ??= { parameter, input };
  }
  return first;
}

async function send(call, parts) {
  const { status, answer, button } = parts;
  const missing = first_missing(call);
  if (missing) {
    status.className = "status bad";
    status.textContent = `${missing.parameter.name} is missing.`;
    missing.input.focus();
    return;
  }
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  status.className = "status";
  status.textContent = "Sending …";
  const { method, url, headers, body } = request_of(call);
  const began = performance.now();
  try {
    const got = await fetch(url, { method, headers, body, cache: "no-store" });
    const text = await got.text();
    const ms = Math.max(1, Math.round(performance.now() - began));
    status.className = got.ok ? "status good" : "status bad";
    const id = got.headers.get("X-Request-Id");
    const hint = got.status === 401 && !has_keys() ? " The keys at the top of the page are not set." : "";
    status.textContent = `${got.status} ${got.statusText} in ${ms} ms${id ? `, request ${id}` : ""}.${hint}`;
    answer.replaceChildren(headers_of(got));
    if (text) answer.append(code_block(pretty(text), "Answer"));
  } catch {
    status.className = "status bad";
    status.textContent = "No answer came: the server is not reachable.";
  }
  button.removeAttribute("aria-disabled");
}

const code_block = (text, label) =>
  make("pre", { tabIndex: 0, role: "region", "aria-label": label }, make("code", { textContent: text }));

function inside_of(call) {
  const { operation } = call;
  const form = make("form", { noValidate: true, autocomplete: "off" });
  const parameters = (operation.parameters ?? []).map(resolve);
  form.append(...parameters.map((parameter, at) => field_of(call, parameter, at)));
  const body = example_of(operation.requestBody);
  if (body) form.append(body_field(call, body));
  const button = make("button", { className: "button" }, `Send ${call.method.toUpperCase()}`);
  form.append(make("div", { className: "row" }, button));

  const status = make("p", { className: "status", role: "status" });
  const answer = make("div", { className: "answer" });
  const example = Object.entries(operation.responses).find(([code]) => code.startsWith("2"));
  const sample = example_of(example?.[1]);
  if (sample) {
    answer.append(code_block(sample.text, "Example answer"));
    status.textContent = `${example[0]}, an example.`;
  } else {
    status.textContent = "Nothing sent yet.";
  }

  const curl = code_block("", "The same call with curl");
  const copy_button = make("button", { type: "button", className: "button plain small" }, "Copy");
  copy_button.addEventListener("click", () => copy(curl.textContent, copy_button));
  const refresh = () => (curl.firstChild.textContent = curl_of(request_of(call)));
  form.addEventListener("input", refresh);
  document.addEventListener("keys", refresh);
  refresh();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(call, { status, answer, button });
  });

  return make(
    "div",
    { className: "inside" },
    make("p", { className: "hint wide", textContent: operation.description ?? "" }),
    make("div", {}, make("h4", { textContent: "Try it" }), form),
    make(
      "div",
      { className: "half" },
      make("div", {}, make("h4", { textContent: "Answer" }), status, answer),
      make("div", {}, make("div", { className: "head" }, make("h4", { textContent: "curl" }), copy_button), curl),
    ),
  );
}

function call_view(call) {
  const { method, path, operation } = call;
  const details = make(
    "details",
    { className: "call", id: call.id },
    make(
      "summary",
      {},
      make("span", { className: `method ${method}`, textContent: method.toUpperCase() }),
      make("h3", { textContent: path }),
      make("p", { textContent: operation.summary }),
    ),
  );
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    if (!call.built) details.append(inside_of(call));
    call.built = true;
  });
  call.element = details;
  return details;
}

function errors_view() {
  const rows = Object.values(spec.components.responses).map((one) => {
    const { code, key } = one.content["application/json"].example;
    return make(
      "tr",
      {},
      make("td", { textContent: code }),
      make("td", {}, make("code", { textContent: key })),
      make("td", { textContent: one.description }),
    );
  });
  const head = ["Status", "For example", "When"].map((words) =>
    make("th", { scope: "col", textContent: words }),
  );
  const fields = Object.entries(spec.components.schemas.Error.properties).map(([name, schema]) =>
    make(
      "tr",
      {},
      make("td", {}, make("code", { textContent: name })),
      make("td", { colSpan: 2, textContent: schema.description }),
    ),
  );
  return make(
    "section",
    { className: "part", id: "errors", "aria-labelledby": "errors-title" },
    make("h2", { id: "errors-title", textContent: "Errors" }),
    make(
      "div",
      { className: "card" },
      make("table", { className: "errors" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)),
    ),
    make(
      "div",
      { className: "card" },
      make(
        "table",
        { className: "errors" },
        make("thead", {}, make("tr", {}, make("th", { scope: "col", textContent: "Property" }), make("th", { scope: "col", colSpan: 2, textContent: "Of every error" }))),
        make("tbody", {}, ...fields),
      ),
    ),
  );
}

const slug = (words) => `part-${words.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;

function tag_link(id, words, count) {
  const link = make("a", { href: `#${id}` }, words);
  if (count) link.append(make("span", { textContent: count, "aria-hidden": "true" }));
  return make("li", {}, link);
}

const parts = [];

function draw() {
  const calls = [];
  for (const [path, item] of Object.entries(spec.paths))
    for (const [method, operation] of Object.entries(item))
      calls.push({ path, method, operation, id: operation.operationId, fields: [] });
  const nodes = [];
  for (const { name } of spec.tags) {
    const own = calls.filter((call) => call.operation.tags.includes(name));
    const id = slug(name);
    const heading = `${id}-title`;
    const section = make(
      "section",
      { className: "part", id, "aria-labelledby": heading },
      make("h2", { id: heading, textContent: name }),
      ...own.map(call_view),
    );
    const item = tag_link(id, name, String(own.length));
    parts.push({ name, own, section, item });
    nodes.push(section);
  }
  by_id("tags").replaceChildren(...parts.map((part) => part.item), tag_link("errors", "Errors"));
  by_id("calls").replaceChildren(...nodes, errors_view());
  by_id("calls").setAttribute("aria-busy", "false");
  filter();
}

// Search: every word must be found in method, path, summary or tag.

function filter() {
  const words = by_id("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  let all = 0;
  let shown = 0;
  for (const { name, own, section, item } of parts) {
    let here = 0;
    for (const call of own) {
      const text = `${call.method} ${call.path} ${call.operation.summary} ${name}`.toLowerCase();
      const hit = words.every((word) => text.includes(word));
      call.element.hidden = !hit;
      here += hit;
    }
    section.hidden = item.hidden = here === 0;
    item.querySelector("span").textContent = here;
    all += own.length;
    shown += here;
  }
  const found = shown === all ? `${all} calls` : shown ? `${shown} of ${all} calls` : "No call has these words";
  if (by_id("found").textContent !== found) by_id("found").textContent = found;
}
by_id("words").addEventListener("input", filter);
by_id("search").addEventListener("submit", (event) => {
  event.preventDefault();
  document.querySelector(".call:not([hidden]) summary")?.focus();
});

// #get_customers opens that call; an open call is what the address names.
function go_to_hash() {
  const target = by_id(decodeURIComponent(location.hash.slice(1)));
  if (target?.closest("[hidden]")) {
    by_id("words").value = "";
    filter();
  }
  if (target?.classList.contains("call")) {
    target.open = true;
    target.querySelector("summary").focus({ preventScroll: true });
  }
  target?.scrollIntoView();
}

function watch_parts() {
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of document.querySelectorAll("#tags a")) {
          if (link.hash === `#${entry.target.id}`) link.setAttribute("aria-current", "location");
          else link.removeAttribute("aria-current");
        }
      }
    },
    { rootMargin: "-10% 0px -80% 0px" },
  );
  for (const section of document.querySelectorAll(".part")) watcher.observe(section);
}

async function start() {
  keys_changed();
  try {
    const answer = await fetch("/openapi.json");
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    spec = await answer.json();
  } catch {
    const again = make("button", { className: "button", type: "button" }, "Try again");
    again.addEventListener("click", start);
    by_id("calls").replaceChildren(
      make("p", { className: "wrong", role: "alert" }, "openapi.json did not come: the server does not answer."),
      again,
    );
    return;
  }
  draw();
  watch_parts();
  if (location.hash) go_to_hash();
  window.addEventListener("hashchange", go_to_hash);
}

start();
