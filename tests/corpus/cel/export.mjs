// Writes the cel-spec tests that the C++ runner reads, from the npm package @bufbuild/cel-spec:
//   npm install --no-save @bufbuild/cel-spec@0.6.1 && node export.mjs > cel_spec.json
import { tests } from "@bufbuild/cel-spec/testdata/conformance.js";

const files = [
  "basic", "comparisons", "conversions", "fp_math", "integer_math", "lists", "logic", "macros",
  "parse", "string", "timestamps", "macros2", "string_ext", "math_ext", "optionals", "bindings_ext",
  "encoders_ext", "type_deductions",
];

function* walk(suite, path) {
  for (const { original } of suite.tests ?? []) yield { path, original };
  for (const inner of suite.suites ?? []) yield* walk(inner, `${path}/${inner.name}`);
}

const exported = [];
for (const suite of tests.suites.filter((suite) => files.includes(suite.name))) {
  for (const { path, original } of walk(suite, suite.name)) {
    const { name, expr, value, typeEnv, bindings, disableCheck, evalError, container, typedResult } = original;
    exported.push({
      name: `${path}/${name}`, expr, value, typeEnv, bindings, disableCheck, container,
      error: evalError ? true : undefined, type: typedResult?.deducedType,
    });
  }
}
process.stdout.write("[\n" + exported.map((test) => JSON.stringify(test)).join(",\n") + "\n]\n");
