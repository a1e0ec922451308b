import { isBuiltin } from 'node:module';
import path from 'node:path';
import { arrows, importsUsersCode, packages, pureBuiltins, pureRooms } from './rooms.mjs';

/**
 * `house/room-imports`: an import follows the arrows of rooms.mjs. Its option is the absolute path of the folder of rooms.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const roomImports = {
  meta: {
    type: 'problem',
    schema: [
      { type: 'object', properties: { src: { type: 'string' } }, required: ['src'], additionalProperties: false },
    ],
  },
  create(context) {
    const { src } = context.options[0];
    const file = slashes(path.relative(src, context.filename));
    const check = (node, specifier, use) => {
      const message = problemOf(file, specifier, use);
      if (message !== undefined) context.report({ node, message });
    };
    if (arrows[roomOf(file)] === undefined) {
      return {
        Program: (node) => context.report({ node, message: `src/${roomOf(file)} has no row in eslint/rooms.mjs` }),
      };
    }
    return {
      ImportDeclaration: (node) => check(node, node.source.value, usedBy(node.importKind, node.specifiers)),
      ExportNamedDeclaration: (node) =>
        node.source && check(node, node.source.value, usedBy(node.exportKind, node.specifiers)),
      ExportAllDeclaration: (node) =>
        check(node, node.source.value, { names: [], typeOnly: node.exportKind === 'type' }),
      ImportExpression: (node) => check(node, literal(node.source), { names: [], typeOnly: false }),
      TSImportType: (node) => check(node, node.source.value, { names: [leftmost(node.qualifier)], typeOnly: true }),
      TSExternalModuleReference: (node) => check(node, literal(node.expression), { names: [], typeOnly: false }),
      'CallExpression[callee.name="require"]': (node) =>
        check(node, literal(node.arguments[0]), { names: [], typeOnly: false }),
    };
  },
};

/** What is wrong with `specifier` in `file` (relative to src/), or undefined. */
function problemOf(file, specifier, use) {
  if (specifier === undefined && importsUsersCode.some((folder) => file.startsWith(`${folder}/`))) return undefined;
  if (specifier === undefined) return 'what is imported must be a literal, so that it can be checked';
  if (specifier.startsWith('.')) return arrowProblem(file, specifier);
  return isBuiltin(specifier) ? builtinProblem(roomOf(file), specifier, use) : packageProblem(file, specifier, use);
}

function arrowProblem(file, specifier) {
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
  if (target.startsWith('..')) return `'${specifier}' is outside src/`;
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === to || arrows[from].includes(to)) return undefined;
  const allowed = arrows[from].length === 0 ? 'no other room' : arrows[from].join(', ');
  return `${from} may not import from ${to}: it may import from ${allowed} (eslint/rooms.mjs)`;
}

function builtinProblem(room, specifier, { names, typeOnly }) {
  if (!specifier.startsWith('node:')) return `write 'node:${specifier}'`;
  if (!pureRooms.includes(room) || typeOnly) return undefined;
  const pure = pureBuiltins[specifier] ?? [];
  if (names.length > 0 && names.every((name) => pure.includes(name))) return undefined;
  return `${room} does no I/O and knows no clock: ${specifier} may not be used here, take the value as an argument`;
}

function packageProblem(file, specifier, { names, typeOnly }) {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const row = packages[name];
  if (row === undefined) return `${name} has no row in eslint/rooms.mjs`;
  if (row.rooms.some((room) => file === room || file.startsWith(`${room}/`))) return undefined;
  const types = row.types ?? [];
  if (typeOnly && names.length > 0 && names.every((type) => types.includes(type))) return undefined;
  return `${name} stays in ${row.rooms.join(', ')}${types.length === 0 ? '' : `; elsewhere only the types ${types.join(', ')}`}`;
}

function usedBy(kind, specifiers) {
  const names = specifiers.map(({ imported, local }) => (imported ?? local)?.name);
  const isType = ({ importKind, exportKind }) => (importKind ?? exportKind) === 'type';
  return { names, typeOnly: kind === 'type' || (specifiers.length > 0 && specifiers.every(isType)) };
}

function leftmost(qualifier) {
  return qualifier?.left === undefined ? qualifier?.name : leftmost(qualifier.left);
}

function literal(node) {
  return node?.type === 'Literal' ? node.value : undefined;
}

function roomOf(file) {
  const room = file.split('/')[0];
  return room === 'index' ? 'index.ts' : room;
}

function slashes(file) {
  return file.split(path.sep).join('/');
}
