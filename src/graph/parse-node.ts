import { isStandardSchema, jsonSchemaOf } from '../core/standard-schema';
import type { StandardSchema } from '../core/standard-schema';
import type { NodeKind } from '../core/statuses';
import type { IssueList } from './issue';
import { CALL_OPTIONS, parseCallOptions } from './option-fields';
import type { WorkflowDefaults } from './option-fields';
import { OptionReader } from './option-reader';
import { parseDependencies } from './parse-dependencies';
import { parseSchedule } from './schedule';
import { resolveOptions } from './resolve-options';
import type { GraphNode } from './workflow-graph';
import type { NodeSource } from './workflow-source';

const OPTIONS: Readonly<Record<NodeKind, readonly string[]>> = {
  task: ['dependsOn', ...CALL_OPTIONS, 'always'],
  flow: ['dependsOn', ...CALL_OPTIONS, 'onFailure', 'schedule', 'input'],
  compensation: CALL_OPTIONS,
};

/** One node from what was written about it; what is wrong goes to `issues` and out of the node. */
export function parseNode(source: NodeSource, defaults: WorkflowDefaults, issues: IssueList): GraphNode {
  const { name, kind } = source;
  const reader = new OptionReader(source.options, OPTIONS[kind], issues, name);
  const edges = kind === 'compensation' ? [] : parseDependencies(reader.raw('dependsOn'), name, issues);
  checkParameters(source, edges.length, issues);
  const options = resolveOptions(parseCallOptions(reader), kind === 'flow' ? flowDefaults(defaults) : defaults.task, {
    issues,
    node: name,
  });
  return {
    name,
    kind,
    edges,
    mapped: edges.some(({ rule }) => rule === 'each'),
    always: kind === 'task' && reader.boolean('always') === true,
    options,
    ...(kind === 'flow'
      ? {
          onFailure: reader.oneOf('onFailure', ['stop', 'finish']) ?? defaults.flow.onFailure ?? 'stop',
          schedule: parseSchedule(reader.raw('schedule'), name, issues),
          ...schemas(parseSchema(reader)),
        }
      : {}),
    ...(kind === 'compensation' ? { compensates: String(source.compensates) } : {}),
  };
}

function parseSchema(reader: OptionReader): StandardSchema | undefined {
  const schema = reader.raw('input');
  if (schema === undefined || isStandardSchema(schema)) return schema;
  return reader.refuse('input', 'a Standard Schema (of zod, valibot, arktype, …)', schema);
}

function schemas(inputSchema: StandardSchema | undefined): Pick<GraphNode, 'inputSchema' | 'inputJsonSchema'> {
  return inputSchema === undefined ? {} : { inputSchema, inputJsonSchema: jsonSchemaOf(inputSchema) };
}

/** More would never be passed: a value for each edge (the input, without any), and the context. */
function checkParameters({ name, kind, parameters = 0 }: NodeSource, edges: number, issues: IssueList): void {
  const values = Math.max(1, edges);
  if (parameters <= values + 1) return;
  const given =
    kind === 'compensation'
      ? "the task's result"
      : edges === 0
        ? 'the input'
        : `${edges} value${edges === 1 ? '' : 's'}`;
  issues.add(
    'TOO_MANY_PARAMETERS',
    name,
    `it requires ${parameters} parameters, but gets ${given} and the context; name what is missing in dependsOn`,
  );
}

/** The queue of a workflow is where its runs go, and a run goes where its flow goes. Tasks run with the run unless they name one. */
function flowDefaults({ queue, flow }: WorkflowDefaults): WorkflowDefaults['flow'] {
  return { ...flow, queue: flow.queue ?? queue };
}
