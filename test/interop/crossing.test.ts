/**
 * Our program against the Python and Go programs: texts, files and directories, on the reference servers and on ours.
 */
import { go, ours, python, pythonOld } from "../support/programs.ts";
import { ourServers, pythonServers } from "../support/servers.ts";
import { interop, type Pair } from "./suite.ts";

const pairs = [python, pythonOld, go].flatMap((peer): Pair[] => [
  [ours, peer],
  [peer, ours],
]);

interop([pythonServers, ourServers], pairs);
