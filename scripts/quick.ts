/** The checks and the tests that need neither other programs nor a network: `npm run quick`, in less than two minutes. */
import { runAll, SOURCE_CHECKS } from "./steps.ts";

/** Tests that start programs, or wait for real connections to break. */
const SLOW = ["program.test.ts", "dilation/breach.test.ts", "dilation/closing.test.ts", "journal/one-life.test.ts"];
const DOCS = ["architecture", "errors", "prose"].map((name) => `test/docs/${name}.test.ts`);

const tests = ["vitest", "run", "--project", "unit", "packages", ...DOCS, "--reporter=dot"];
const command = [...tests, ...SLOW.flatMap((file) => ["--exclude", `**/${file}`])];

process.exitCode = await runAll([...SOURCE_CHECKS, { title: "Unit tests", command }]);
