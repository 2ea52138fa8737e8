/**
 * Reads `{ folder, bundles: [{ key, text }] }` and prints what is wrong with each bundle, as `{ key: [sentences] }`.
 *
 * A bundle is right where each of its modules, by a parser that did not make it, is the file's program in a function of its own, gets
 * what the file imports under the same names, and gives what the file exports.
 */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "acorn";

const { folder, bundles } = JSON.parse(await new Response(process.stdin).text());
const POSITIONS = new Set(["start", "end"]);

const program = (text) => {
  const tree = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  return JSON.parse(JSON.stringify(tree, (key, value) => (POSITIONS.has(key) ? undefined : typeof value === "bigint" ? `${value}n` : value)));
};

/** `adapter/data-types.js` is `adapter$data_types`. */
const variable = (name) => `${name.includes("/") ? "" : "/"}${name}`.replace(/\.js$/, "").replace(/[^\w/]/g, "_").replaceAll("/", "$");

/** What a file says: its code without import and export, what it imports (`module.name as local`) and exports. */
function written(name) {
  const code = [];
  const imports = [];
  const exports = [];
  for (const node of program(readFileSync(posix.join(folder, name), "utf8")).body) {
    if (node.type === "ImportDeclaration") {
      const from = variable(posix.normalize(posix.join(posix.dirname(name), node.source.value)));
      imports.push(...node.specifiers.map(({ imported, local }) => `${from}.${imported.name} as ${local.name}`));
    } else if (node.type === "ExportNamedDeclaration") {
      const { declaration } = node;
      exports.push(...(declaration.declarations ?? [declaration]).map(({ id }) => id.name));
      code.push(declaration);
    } else code.push(node);
  }
  return { code, imports: imports.sort(), exports: exports.sort() };
}

/** What stands in the bundle as `const variable = (() => { ... })()`: the same three. */
function bundled(scope) {
  const body = [...scope.callee.body.body];
  const given = body.pop();
  const imports = [];
  while (body[0]?.type === "VariableDeclaration" && body[0].declarations[0].id.type === "ObjectPattern" && body[0].declarations[0].init.name?.includes("$")) {
    const [{ id, init }] = body.shift().declarations;
    imports.push(...id.properties.map(({ key, value }) => `${init.name}.${key.name} as ${value.name}`));
  }
  return { code: body, imports: imports.sort(), exports: given.argument.properties.map(({ key }) => key.name).sort() };
}

/** An address is written from where it stands: which file it means is the same. */
function meant(tree, place, isEntry) {
  return JSON.parse(JSON.stringify(tree), (_key, value) => {
    if (value?.type === "ImportExpression") {
      return { later: posix.normalize(posix.join(posix.dirname(place), value.source.value.split("?")[0])) };
    }
    if (value?.type === "MemberExpression" && value.object.type === "MetaProperty") return { address: isEntry ? "of the request" : place };
    if (value?.type === "MemberExpression" && value.property.name === "href" && value.object.arguments?.[1]?.address === place) {
      return { address: posix.normalize(posix.join(posix.dirname(place), value.object.arguments[0].value)) };
    }
    return value;
  });
}

function wrongs({ key, text }) {
  const [entry, question] = key.split("?of=");
  const before = question === undefined ? [] : question.split(",");
  const found = [];
  const known = new Set();
  const names = new Map();
  const visit = (name) => {
    if (names.has(variable(name))) return;
    names.set(variable(name), name);
    for (const node of program(readFileSync(posix.join(folder, name), "utf8")).body) {
      if (node.type === "ImportDeclaration") visit(posix.normalize(posix.join(posix.dirname(name), node.source.value)));
    }
  };
  visit(entry);
  for (const node of program(text).body) {
    if (node.type === "ImportDeclaration") {
      const path = posix.normalize(posix.join(posix.dirname(entry), node.source.value.split("?")[0]));
      if (!before.includes(path)) found.push(`imports ${node.source.value}`);
      continue;
    }
    if (node.type !== "VariableDeclaration") continue;
    const [{ id, init }] = node.declarations;
    if (id.type === "ObjectPattern") {
      for (const { key: name } of id.properties) known.add(name.name);
      continue;
    }
    const name = names.get(id.name);
    if (name === undefined) {
      found.push(`${id.name} is no module that ${entry} needs`);
      continue;
    }
    known.add(id.name);
    const here = bundled(init);
    const there = written(name);
    if (!isDeepStrictEqual(meant(here.code, entry, name === entry), meant(there.code, name, name === entry))) found.push(`${name} is another program`);
    if (!isDeepStrictEqual(here.imports, there.imports)) found.push(`${name} gets ${here.imports} instead of ${there.imports}`);
    if (!isDeepStrictEqual(here.exports, there.exports)) found.push(`${name} gives ${here.exports} instead of ${there.exports}`);
    for (const one of here.imports) if (!known.has(one.split(".")[0])) found.push(`${name} comes before ${one}`);
  }
  for (const [id, name] of names) if (!known.has(id)) found.push(`${name} is missing`);
  return found;
}

console.log(JSON.stringify(Object.fromEntries(bundles.map((bundle) => [bundle.key, wrongs(bundle)]))));
