/** The checks and the tests that need neither other programs nor a network: `npm run quick`, in less than two minutes. */
import { runAll, SOURCE_CHECKS } from "./steps.ts";

const command = ["vitest", "run", "--project", "quick", "--maxWorkers=2", "--reporter=dot"];

process.exitCode = await runAll([...SOURCE_CHECKS, { title: "Unit tests", command }]);
