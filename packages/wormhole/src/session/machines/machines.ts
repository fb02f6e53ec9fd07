/**
 * All machines of a session by their names.
 *
 * The file of each machine exports its states (`State`), its events (`Event`), the shape of a saved state (`shape`), and
 * the machine itself. SPEC.md explains all states and events.
 */
import type { Step, Unexpected } from "../../base/machine.ts";
import type { Random } from "../../base/random.ts";
import type { Shape } from "../../base/shape.ts";
import * as allocator from "./allocator.ts";
import * as code from "./code.ts";
import * as delivery from "./delivery.ts";
import type { Effect } from "./effects.ts";
import * as key from "./key.ts";
import * as link from "./link.ts";
import * as lister from "./lister.ts";
import * as mailbox from "./mailbox.ts";
import * as nameplate from "./nameplate.ts";
import * as order from "./order.ts";
import * as outcome from "./outcome.ts";
import * as permission from "./permission.ts";
import * as receive from "./receive.ts";
import * as send from "./send.ts";
import * as terminator from "./terminator.ts";

/** The states and events of each machine. */
export interface Machines {
  allocator: { state: allocator.State; event: allocator.Event };
  code: { state: code.State; event: code.Event };
  delivery: { state: delivery.State; event: delivery.Event };
  key: { state: key.State; event: key.Event };
  link: { state: link.State; event: link.Event };
  lister: { state: lister.State; event: lister.Event };
  mailbox: { state: mailbox.State; event: mailbox.Event };
  nameplate: { state: nameplate.State; event: nameplate.Event };
  order: { state: order.State; event: order.Event };
  outcome: { state: outcome.State; event: outcome.Event };
  permission: { state: permission.State; event: permission.Event };
  receive: { state: receive.State; event: receive.Event };
  send: { state: send.State; event: send.Event };
  terminator: { state: terminator.State; event: terminator.Event };
}

/** The name by which a machine is addressed. */
export type MachineName = keyof Machines;

/** A machine as the session runs it. It may draw random bytes, and it may find an event unexpected. */
interface SessionMachine<N extends MachineName> {
  readonly table: object;
  step(
    state: Machines[N]["state"],
    event: Machines[N]["event"],
    random: Random,
  ): Step<Machines[N]["state"], Effect> | Unexpected;
}

/** The machines themselves. */
export const machines: { readonly [N in MachineName]: SessionMachine<N> } = {
  allocator: allocator.allocator,
  code: code.code,
  delivery: delivery.delivery,
  key: key.key,
  link: link.link,
  lister: lister.lister,
  mailbox: mailbox.mailbox,
  nameplate: nameplate.nameplate,
  order: order.order,
  outcome: outcome.outcome,
  permission: permission.permission,
  receive: receive.receive,
  send: send.send,
  terminator: terminator.terminator,
};

/** The shape of each machine's state in a saved session. */
export const shapes: { readonly [N in MachineName]: Shape<Machines[N]["state"]> } = {
  allocator: allocator.shape,
  code: code.shape,
  delivery: delivery.shape,
  key: key.shape,
  link: link.shape,
  lister: lister.shape,
  mailbox: mailbox.shape,
  nameplate: nameplate.shape,
  order: order.shape,
  outcome: outcome.shape,
  permission: permission.shape,
  receive: receive.shape,
  send: send.shape,
  terminator: terminator.shape,
};
