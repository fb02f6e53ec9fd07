/** Ours on the Node of the checkout to and from ours on the machine's own, which may be as old as 20. */
import { ours, oursOnSystemNode } from "./programs.ts";
import { ourServers } from "./servers.ts";
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
