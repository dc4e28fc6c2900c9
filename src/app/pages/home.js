"use strict";
// The figures of the front page: asked for every two seconds, written into place.

const every_ms = 2000;
const number = new Intl.NumberFormat("en");
const by_id = (id) => document.getElementById(id);
const show = (value) => number.format(value).replace("-", "\u2212");

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

// A number that keeps its element, and glows when it changes.
function figure() {
  const element = make("span", { className: "figure", textContent: "\u2013" });
  let known;
  return {
    element,
    set(value) {
      if (value === known) return;
      element.textContent = show(value);
      if (known !== undefined) {
        element.classList.add("changed");
        requestAnimationFrame(() =>
          requestAnimationFrame(() => element.classList.remove("changed")),
        );
      }
      known = value;
    },
  };
}

const swatch_of = (kind) =>
  make("span", { className: `swatch ${kind}`, "aria-hidden": "true" });

function line(sign, label, swatch) {
  const value = figure();
  const term = make("dt", { "data-sign": sign }, label);
  if (swatch) term.append(swatch_of(swatch));
  const row = make("div", {}, term, make("dd", {}, value.element));
  return { row, set: value.set };
}

function program_view(program) {
  const came = {
    issued: line("", "Issued"),
    redeemed: line("\u2212", "Redeemed", "redeemed"),
    expired: line("\u2212", "Expired", "expired"),
    adjusted: line("+", "Adjusted by hand"),
    transferred: line("+", "Transferred"),
    sum: line("=", "Should be on cards"),
  };
  const held = {
    outstanding: line("", "To spend now", "outstanding"),
    pending: line("+", "Pending", "pending"),
    sum: line("=", "Is on cards"),
  };
  came.sum.row.className = held.sum.row.className = "sum";
  const rows = (lines) =>
    make("dl", { className: "lines" }, ...Object.values(lines).map((one) => one.row));
  const bars = ["redeemed", "expired", "outstanding", "pending"].map((name) => ({
    name,
    bar: make("span", { className: name }),
  }));
  const sentence = make("p");
  const seal = make("div");
  let verdict = "";
  const heading = `program-${program.id}`;
  const element = make(
    "article",
    { className: "card program", "aria-labelledby": heading },
    make(
      "header",
      {},
      make("h3", { id: heading, textContent: program.name }),
      make("code", { textContent: program.id }),
      make("div", { className: "share", "aria-hidden": "true" }, ...bars.map((one) => one.bar)),
    ),
    make(
      "div",
      { className: "halves" },
      make("div", {}, make("h4", { textContent: "What happened to points" }), rows(came)),
      make("div", {}, make("h4", { textContent: "Where they are" }), rows(held)),
    ),
    make("div", { className: "proof" }, sentence, seal),
  );
  return {
    element,
    set(now) {
      const of = (name) => now[`points_${name}`] ?? 0;
      const flows = of("issued") - of("redeemed") - of("expired") + of("adjusted") + of("transferred");
      const cards = of("outstanding") + of("pending");
      for (const name of Object.keys(came)) if (name !== "sum") came[name].set(of(name));
      for (const name of Object.keys(held)) if (name !== "sum") held[name].set(of(name));
      came.sum.set(flows);
      held.sum.set(cards);
      const parts = bars.map((one) => Math.max(0, of(one.name)));
      const whole = parts.reduce((sum, part) => sum + part, 0) || 1;
      bars.forEach((one, at) => {
        one.bar.hidden = parts[at] === 0;
        one.bar.style.flexGrow = String((1000 * parts[at]) / whole);
      });
      sentence.textContent =
        `Proof: ${show(of("issued"))} \u2212 ${show(of("redeemed"))} \u2212 ${show(of("expired"))} + ` +
        `${signed(of("adjusted"))} + ${signed(of("transferred"))} ${flows === cards ? "=" : "\u2260"} ` +
        `${show(of("outstanding"))} + ${show(of("pending"))}`;
      const found = flows === cards ? "Adds up" : `Off by ${show(Math.abs(flows - cards))}`;
      if (found !== verdict) {
        verdict = found;
        const kind = flows === cards ? "stamp" : "stamp off";
        seal.replaceChildren(make("div", { className: kind, textContent: verdict }));
      }
    },
  };
}

const signed = (value) => (value < 0 ? `(${show(value)})` : show(value));

function cell(label, swatch) {
  const value = figure();
  const element = make(
    "div",
    {},
    make("dt", {}, label),
    make("dd", {}, value.element),
  );
  if (swatch) element.firstChild.append(swatch_of(swatch));
  return { element, set: value.set };
}

function no_program() {
  return make(
    "div",
    { className: "card program empty" },
    make("h3", { textContent: "No program yet" }),
    make(
      "p",
      {},
      "Make one with ",
      make("a", { href: "/docs#post_loyalties" }, "POST /v1/loyalties"),
      ", or describe it in a file and apply that while the server is stopped:",
    ),
    make("pre", { tabIndex: 0 }, make("code", { textContent: "perennial apply program.json" })),
  );
}

function project_view(project, at) {
  const strip = {
    customers: cell("Customers"),
    orders: cell("Orders"),
    members: cell(project.programs.length > 1 ? "Memberships" : "Members"),
    points_outstanding: cell("Points outstanding", "outstanding"),
  };
  const programs = project.programs.map(program_view);
  const meta = make("p", { className: "meta" });
  const heading = `project-${at}`;
  const element = make(
    "section",
    { className: "project", "aria-labelledby": heading },
    make("h2", { id: heading, textContent: project.name }),
    meta,
    make("dl", { className: "strip" }, ...Object.values(strip).map((one) => one.element)),
    ...(programs.length ? programs.map((one) => one.element) : [no_program()]),
  );
  return {
    element,
    set(now) {
      const time = new Intl.DateTimeFormat("en-GB", {
        dateStyle: "long",
        timeStyle: "short",
        timeZone: now.timezone,
      }).format(new Date(now.now));
      meta.textContent = `${time} in ${now.timezone.replaceAll("_", " ")} \u00b7 ${now.currency}`;
      const sum = (name) => now.programs.reduce((all, one) => all + (one[name] ?? 0), 0);
      strip.customers.set(now.customers);
      strip.orders.set(now.orders);
      strip.members.set(sum("members"));
      strip.points_outstanding.set(sum("points_outstanding"));
      programs.forEach((one, index) => one.set(now.programs[index]));
    },
  };
}

let views = [];
let drawn = "";
let last;

function draw(figures) {
  const shape = JSON.stringify(
    figures.projects.map((one) => [one.name, one.programs.map((two) => [two.id, two.name])]),
  );
  if (shape !== drawn) {
    drawn = shape;
    views = figures.projects.map(project_view);
    by_id("projects").replaceChildren(...views.map((one) => one.element));
  }
  views.forEach((view, at) => view.set(figures.projects[at]));
  const at = performance.now();
  let words = `${show(figures.commands)} commands in ${show(figures.batches)} transactions since the start`;
  if (last && figures.commands >= last.commands) {
    const rate = Math.round((1000 * (figures.commands - last.commands)) / (at - last.at));
    if (rate > 0) words += `, ${show(rate)} a second now`;
  }
  last = { commands: figures.commands, at };
  by_id("engine").textContent = words;
}

// What stands beside the dot. It is a live region: it changes with the state, not with each answer.
function tell(words, kind) {
  const state = by_id("state");
  if (state.textContent !== words) state.textContent = words;
  by_id("dot").className = `dot ${kind}`;
  by_id("projects").classList.toggle("stale", kind === "off");
}

const stored = (name) => sessionStorage.getItem(name) ?? "";
let paused = false;
let timer = 0;
let asked_for_key = false;

async function ask() {
  clearTimeout(timer);
  try {
    const headers = {};
    if (stored("app-id")) {
      headers["X-App-Id"] = stored("app-id");
      headers["X-App-Token"] = stored("app-token");
    }
    const answer = await fetch("/figures", { headers, cache: "no-store" });
    if (answer.status === 401) return need_key();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    draw(await answer.json());
    by_id("keys").hidden = true;
    by_id("pause").hidden = false;
    if (!paused) tell("Live, every two seconds", "on");
  } catch {
    const since = last ? " The figures below are the last that came." : "";
    tell(`The server does not answer. Asking again every two seconds.${since}`, "off");
  }
  if (!paused && !document.hidden) timer = setTimeout(ask, every_ms);
}

function need_key() {
  tell("Waiting for a key", "");
  by_id("projects").replaceChildren();
  drawn = "";
  by_id("pause").hidden = true;
  by_id("keys").hidden = false;
  if (asked_for_key) {
    by_id("keys-wrong").textContent = "These keys are not right. Look at both again.";
    by_id("app-id").focus();
  }
}

by_id("keys").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("app-id", by_id("app-id").value.trim());
  sessionStorage.setItem("app-token", by_id("app-token").value.trim());
  by_id("keys-wrong").textContent = "";
  asked_for_key = true;
  ask();
});

by_id("pause").addEventListener("click", () => {
  paused = !paused;
  by_id("pause").textContent = paused ? "Go on" : "Pause";
  if (paused) {
    clearTimeout(timer);
    tell("Paused", "");
  } else {
    ask();
  }
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !paused && by_id("keys").hidden) ask();
});

ask();
