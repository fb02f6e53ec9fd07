/** Our program on the project's Node against our program on the Node of this machine, which may be as old as 20. */
import { ours, oursOnSystemNode } from "../support/programs.ts";
import { ourServers } from "../support/servers.ts";
import { interop } from "./suite.ts";

const other = oursOnSystemNode();

interop(
  [ourServers],
  [
    [ours, ours],
    [ours, other],
    [other, ours],
  ],
);
