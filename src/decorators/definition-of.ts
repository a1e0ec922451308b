import { ArgumentError, DefinitionError, EnvironmentError } from '../core/errors/definition-error';
import { buildGraph } from '../graph/build-graph';
import { IssueList } from '../graph/issue';
import { kebabCase } from '../graph/names';
import type { NodeSource, WorkflowSource } from '../graph/workflow-source';
import { lacksConstructorMetadata, nodesOf, workflowOptionsOf } from './class-records';
import type { NodeRecord } from './class-records';
import type { Class, WorkflowDefinition } from './workflow-definition';
import type { WorkflowRef } from './workflow-types';

const definitions = new WeakMap<Class, WorkflowDefinition>();

/**
 * The definition of a decorated class, built when first asked for; a definition is returned as it is.
 *
 * @throws DefinitionError with everything that is wrong; EnvironmentError when the class was compiled without metadata; ArgumentError
 *   for what is neither
 */
export function definitionOf(workflow: WorkflowRef): WorkflowDefinition {
  if (typeof workflow !== 'function') return requireDefinition(workflow);
  let definition = definitions.get(workflow);
  if (definition === undefined) {
    definition = buildDefinition(workflow);
    definitions.set(workflow, definition);
  }
  return definition;
}

function requireDefinition(workflow: unknown): WorkflowDefinition {
  const { graph, build } = Object(workflow) as { readonly graph?: unknown; readonly build?: unknown };
  if (typeof graph === 'object' && graph !== null) return workflow as WorkflowDefinition;
  const expected = 'expected a class with @Workflow, or what defineWorkflow(…).build() returns';
  if (typeof build === 'function')
    throw new ArgumentError(`${expected}, got a workflow that is not built yet; call .build()`);
  if (workflow !== undefined)
    throw new ArgumentError(`${expected}, got ${workflow === null ? 'null' : `a value of type ${typeof workflow}`}`);
  throw new ArgumentError(`${expected}, got undefined, usually because two files import each other`);
}

function buildDefinition(target: Class): WorkflowDefinition {
  const options = workflowOptionsOf(target);
  const issues = new IssueList(target.name === '' ? 'an anonymous class' : target.name);
  if (options === undefined) {
    issues.add(
      'NOT_A_WORKFLOW',
      undefined,
      'the class has no @Workflow() of its own (that of a parent class does not count); add one',
    );
  }
  const { graph, issues: found } = buildGraph(sourceOf(target, options, issues));
  const all = [...issues.issues, ...found];
  if (graph === undefined || all.length > 0) throw new DefinitionError(issues.label, all);
  requireMetadata(target);
  return { graph, target };
}

function sourceOf(target: Class, options: unknown, issues: IssueList): WorkflowSource {
  const name = Object(options) as { readonly name?: unknown };
  return {
    name: name.name === undefined ? kebabCase(target.name) : (name.name as string),
    label: issues.label,
    options,
    nodes: nodesOf(target).flatMap((record) => nodeOf(target, record, issues)),
  };
}

function nodeOf(target: Class, record: NodeRecord, issues: IssueList): NodeSource | [] {
  const name = String(record.name);
  if (record.problem !== undefined) {
    issues.add('NOT_A_METHOD', name, `the ${record.kind} ${record.problem}`);
    return [];
  }
  const method: unknown = (target.prototype as Record<string | symbol, unknown>)[record.name];
  return {
    name,
    kind: record.kind,
    options: record.options,
    compensates: record.compensates,
    parameters: typeof method === 'function' ? method.length : 0,
  };
}

function requireMetadata(target: Class): void {
  if (!lacksConstructorMetadata(target)) return;
  throw new EnvironmentError(
    `the constructor of ${target.name} has parameters, but the compiled code says nothing about their types, so the container cannot ` +
      'resolve them; set "emitDecoratorMetadata": true in tsconfig.json and compile with tsc, ts-jest or SWC (esbuild, and so ' +
      'tsx and Vite, leaves the metadata out), or give each parameter an injection token',
  );
}
