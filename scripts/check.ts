/** Everything that holds without running a test: types, format, lint, prose, packages, API. `npm run check`. */
import { BUILD, PACKAGE_CHECKS, runAll, SOURCE_CHECKS } from "./steps.ts";

process.exitCode = await runAll([BUILD, ...SOURCE_CHECKS, ...PACKAGE_CHECKS]);
