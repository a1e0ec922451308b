const NODE_NAME = /^[A-Za-z_$][\w$-]{0,99}$/;
const QUEUE_NAME = /^\w[\w./:-]{0,99}$/;
const WORKFLOW_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/** The grammar of node names, for messages. */
export const NODE_NAME_GRAMMAR = 'letters, digits, _, $ and -, not beginning with a digit or -, at most 100';

/** The grammar of workflow names, for messages. */
export const WORKFLOW_NAME_GRAMMAR =
  'lower-case letters, digits, ".", "_" and "-", beginning with a letter or digit, at most 100';

export function isNodeName(name: unknown): name is string {
  return typeof name === 'string' && NODE_NAME.test(name);
}

export function isQueueName(name: unknown): name is string {
  return typeof name === 'string' && QUEUE_NAME.test(name);
}

export function isWorkflowName(name: unknown): name is string {
  return typeof name === 'string' && WORKFLOW_NAME.test(name);
}

/** The default name of a workflow class: `OrderWorkflow` → `order-workflow`, `HTTPImport2` → `http-import2`. */
export function kebabCase(className: string): string {
  return className
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}
