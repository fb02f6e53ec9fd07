/**
 * The states to which a transition may lead.
 *
 * The source of the transition is run with values that are known only in part. Of a state the possible names are known,
 * of a list its first element, and of a function its source.
 */
import { type Module, type Node, parseFunction, type Sources } from "./sources.ts";

type Names = Map<string, Value>;

type Value =
  | { readonly is: "state"; readonly at: ReadonlySet<string> }
  | { readonly is: "list"; readonly first: Value }
  | { readonly is: "object"; readonly fields: Names }
  | { readonly is: "function"; readonly node: Node; readonly names: Names; readonly module: Module }
  | { readonly is: "other" }
  /** What a call gives that has not ended yet: the other branches decide. */
  | { readonly is: "never" };

const OTHER: Value = { is: "other" };
const NEVER: Value = { is: "never" };

/**
 * The names of all states that a transition may return.
 * @throws {Error} if its source does not tell
 */
export function targetsOf(
  transition: (...given: never[]) => unknown,
  at: string,
  file: string,
  sources: Sources,
): string[] {
  const text = transition.toString();
  const module = sources.home(text, file);
  const node = parseFunction(text);
  const named = (node.id as { name: string } | null | undefined)?.name;
  const state: Value = { is: "state", at: new Set([at]) };
  const self = (named !== undefined && module.names.get(named)) || node;
  const result = new Follower(sources).call({ is: "function", node: self, names: new Map(), module }, [state]);
  if (result.is === "list" && result.first.is === "state") return [...result.first.at];
  throw new Error(`${file}: it is not clear where this leads from "${at}":\n${text}`);
}

class Follower {
  readonly #sources: Sources;
  /** The functions that are being run. */
  readonly #running: Node[] = [];

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** What a function returns for these arguments. A function that calls itself adds nothing to what it returns anyway. */
  call({ node, names, module }: Extract<Value, { is: "function" }>, given: readonly Value[]): Value {
    if (this.#running.includes(node)) return NEVER;
    this.#running.push(node);
    const inner: Names = new Map(names);
    for (const [index, parameter] of (node.params as Node[]).entries()) bind(parameter, given[index] ?? OTHER, inner);
    const scope = new Scope(this, inner, module);
    const body = node.body as Node;
    const result = body.type === "BlockStatement" ? union(scope.returned(body)) : scope.value(body);
    this.#running.pop();
    return result;
  }

  /** What a name of a module stands for. */
  global(name: string, module: Module): Value {
    const node = module.names.get(name);
    if (node !== undefined) return new Scope(this, new Map(), module).value(node);
    const from = module.imports.get(name);
    return from ? this.global(from.name, this.#sources.module(from.file)) : OTHER;
  }
}

/** The body of one function while it is run. */
class Scope {
  readonly #follower: Follower;
  readonly #names: Names;
  readonly #module: Module;

  constructor(follower: Follower, names: Names, module: Module) {
    this.#follower = follower;
    this.#names = names;
    this.#module = module;
  }

  /** Everything that a statement may return. */
  returned(node: Node): Value[] {
    switch (node.type) {
      case "ReturnStatement":
        return node.argument ? [this.value(node.argument)] : [];
      case "VariableDeclaration":
        for (const { id, init } of node.declarations as { id: Node; init: Node | null }[]) {
          if (init !== null) bind(id, this.value(init), this.#names);
        }
        return [];
      case "ExpressionStatement":
        this.#assign(node.expression as Node);
        return [];
      case "SwitchStatement":
        return this.#chosen(node).flatMap((part) => this.returned(part));
      case "FunctionDeclaration":
        return [];
      default:
        return parts(node).flatMap((part) => this.returned(part));
    }
  }

  /** The cases of a switch that can be reached: those of the present states if it is about them, or else all. */
  #chosen(node: Node): Node[] {
    const { type, object, property } = node.discriminant as Node & { object: Node; property: { name: string } };
    const state = type === "MemberExpression" && property.name === "at" ? this.value(object) : OTHER;
    const cases = node.cases as Node[];
    if (state.is !== "state") return cases;
    return cases.filter(({ test }) => test === null || literals(test as Node).some((name) => state.at.has(name)));
  }

  /** A variable that is set again may be either. */
  #assign(node: Node): void {
    if (node.type !== "AssignmentExpression") return;
    const value = this.value(node.right);
    const left = node.left as Node;
    const before = left.type === "Identifier" ? this.#names.get(left.name as string) : undefined;
    bind(left, before === undefined ? value : union([before, value]), this.#names);
  }

  value(expression: unknown): Value {
    const node = expression as Node;
    switch (node.type) {
      case "ParenthesizedExpression":
        return this.value(node.expression);
      case "ConditionalExpression":
        return union([this.value(node.consequent), this.value(node.alternate)]);
      case "LogicalExpression":
        return union([this.value(node.left), this.value(node.right)]);
      case "Identifier":
        return this.#names.get(node.name as string) ?? this.#follower.global(node.name as string, this.#module);
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return { is: "function", node, names: this.#names, module: this.#module };
      case "ObjectExpression":
        return this.#object(node.properties as Node[]);
      case "ArrayExpression":
        return this.#list(node.elements as Node[]);
      case "MemberExpression":
        return this.#member(node);
      case "CallExpression": {
        const callee = this.value(node.callee);
        if (callee.is !== "function") return OTHER;
        return this.#follower.call(
          callee,
          (node.arguments as Node[]).map((argument) => this.value(argument)),
        );
      }
      default:
        return OTHER;
    }
  }

  #object(properties: readonly Node[]): Value {
    let value: Value = { is: "object", fields: new Map() };
    for (const property of properties) {
      if (property.type === "SpreadElement") {
        const spread = this.value(property.argument);
        if (spread.is === "state" || spread.is === "never") value = spread;
        continue;
      }
      const { name } = property.key as { name: string };
      if (name === "at") value = { is: "state", at: new Set(literals(property.value as Node)) };
      else if (value.is === "object") value.fields.set(name, this.value(property.value));
    }
    return value;
  }

  #list([first]: readonly Node[]): Value {
    if (first === undefined) return OTHER;
    if (first.type !== "SpreadElement") return { is: "list", first: this.value(first) };
    const spread = this.value(first.argument);
    return spread.is === "list" || spread.is === "never" ? spread : OTHER;
  }

  #member(node: Node): Value {
    const object = this.value(node.object);
    const { name } = node.property as { name: string };
    if (object.is === "object") return object.fields.get(name) ?? OTHER;
    return object.is === "list" && (node.property as { value?: unknown }).value === 0 ? object.first : OTHER;
  }
}

function bind(pattern: Node, value: Value, names: Names): void {
  switch (pattern.type) {
    case "Identifier":
      names.set(pattern.name as string, value);
      break;
    case "AssignmentPattern":
      bind(pattern.left as Node, value, names);
      break;
    case "ArrayPattern": {
      const [first] = pattern.elements as (Node | null)[];
      if (first) bind(first, value.is === "list" ? value.first : value.is === "never" ? NEVER : OTHER, names);
      break;
    }
    case "ObjectPattern":
      for (const property of pattern.properties as Node[]) {
        // The rest of a state is still in that state.
        if (property.type === "RestElement") bind(property.argument as Node, value, names);
        else bind(property.value as Node, fieldOf(value, property), names);
      }
      break;
  }
}

function fieldOf(value: Value, property: Node): Value {
  return (value.is === "object" && value.fields.get((property.key as { name: string }).name)) || OTHER;
}

/** The texts that an expression may be. */
function literals(node: Node): string[] {
  if (node.type === "Literal") return [String(node.value)];
  if (node.type === "ConditionalExpression") {
    return [node.consequent, node.alternate].flatMap((part) => literals(part as Node));
  }
  throw new Error("the name of a state is not written as text");
}

/** A value that may be any of these. If one is not understood, neither is the whole. */
function union(values: readonly Value[]): Value {
  const known = values.filter(({ is }) => is !== "never");
  const [first, ...others] = known;
  if (first === undefined) return NEVER;
  if (others.length === 0) return first;
  const lists = known.flatMap((value) => (value.is === "list" ? value.first : []));
  if (lists.length === known.length) return { is: "list", first: union(lists) };
  const states = known.flatMap((value) => (value.is === "state" ? [value.at] : []));
  return states.length === known.length ? { is: "state", at: new Set(states.flatMap((at) => [...at])) } : OTHER;
}

/** The nodes directly below a statement. */
function parts(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((part): part is Node => typeof part === "object" && part !== null && "type" in part);
}
