// The same condition on the same data with the evaluators of npm, each compiled or cached as far as it can.
import { parse as marcbachmann } from "@marcbachmann/cel-js";
import { celEnv, parse as bufParse, plan } from "@bufbuild/cel";
import { evaluate as celJs, parse as celJsParse } from "cel-js";
import { evaluateExpressionSync } from "@gorules/zen-engine";
import { Engine } from "json-rules-engine";

const condition =
  'order.amount > 10000 && customer.tier == "gold" && ' +
  'order.items.exists(i, i.category == "perfume" && i.quantity >= 2)';

function facts(count, whole) {
  const items = [];
  for (let i = 0; i < count; i++) {
    const last = i + 1 === count;
    items.push({ category: last || i % 3 === 1 ? "perfume" : "skincare", quantity: whole(last ? 2 : 1) });
  }
  return { order: { amount: whole(25000), items }, customer: { tier: "gold" } };
}

/// Median of rounds, each about 20 ms.
async function median(body) {
  let calls = 1;
  for (let spent = 0; spent < 20e6; ) {
    calls *= 2;
    const begin = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) if ((await body()) !== true) throw new Error("wrong answer");
    spent = Number(process.hrtime.bigint() - begin);
  }
  const samples = [];
  for (let round = 0; round < 15; round++) {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) await body();
    samples.push(Number(process.hrtime.bigint() - begin) / calls);
  }
  return samples.sort((a, b) => a - b)[7];
}

/// As `median`, without an await a call, which would cost a plain function 100 ns.
function medianSync(body) {
  let calls = 1;
  for (let spent = 0; spent < 20e6; ) {
    calls *= 2;
    const begin = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) if (body() !== true) throw new Error("wrong answer");
    spent = Number(process.hrtime.bigint() - begin);
  }
  const samples = [];
  for (let round = 0; round < 15; round++) {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) body();
    samples.push(Number(process.hrtime.bigint() - begin) / calls);
  }
  return samples.sort((a, b) => a - b)[7];
}

function rulesEngine() {
  const engine = new Engine();
  engine.addOperator("has_perfume", (items, quantity) =>
    items.some((item) => item.category === "perfume" && item.quantity >= quantity));
  engine.addRule({
    conditions: { all: [
      { fact: "order", path: "$.amount", operator: "greaterThan", value: 10000 },
      { fact: "customer", path: "$.tier", operator: "equal", value: "gold" },
      { fact: "order", path: "$.items", operator: "has_perfume", value: 2 },
    ] },
    event: { type: "hit" },
  });
  return async (data) => (await engine.run(data)).events.length === 1;
}

const engines = {
  "@marcbachmann/cel-js": (() => {
    const run = marcbachmann(condition);
    return { whole: BigInt, body: (data) => () => run(data) };
  })(),
  "@bufbuild/cel": (() => {
    const run = plan(celEnv(), bufParse(condition));
    return { whole: BigInt, body: (data) => () => run(data) };
  })(),
  "cel-js": (() => {
    const { cst } = celJsParse(condition);
    return { whole: Number, body: (data) => () => celJs(cst, data) };
  })(),
  "@gorules/zen-engine": {
    whole: Number,
    body: (data) => {
      const zen = 'order.amount > 10000 and customer.tier == "gold" and ' +
        'some(order.items, #.category == "perfume" and #.quantity >= 2)';
      return () => evaluateExpressionSync(zen, data);
    },
  },
  "json-rules-engine": { whole: Number, asynchronous: true, body: (data) => {
    const run = rulesEngine();
    return () => run(data);
  } },
};

for (const items of [3, 20]) {
  for (const [engine, { whole, body, asynchronous }] of Object.entries(engines)) {
    const call = body(facts(items, whole));
    const ns = asynchronous ? await median(call) : medianSync(call);
    console.log(JSON.stringify({ bench: "condition", engine, items, ns: Math.round(ns * 10) / 10 }));
  }
}
