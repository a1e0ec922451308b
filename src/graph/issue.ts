import type { DefinitionIssue } from '../core/errors/definition-error';

/** Every kind of problem a definition can have. */
export type IssueCode =
  | 'INVALID_NAME'
  | 'DUPLICATE_NAME'
  | 'NO_FLOW'
  | 'UNKNOWN_OPTION'
  | 'INVALID_OPTION'
  | 'INVALID_DEPENDENCY'
  | 'UNKNOWN_DEPENDENCY'
  | 'DUPLICATE_DEPENDENCY'
  | 'SELF_DEPENDENCY'
  | 'CYCLE'
  | 'DEPENDS_ON_FLOW'
  | 'DEPENDS_ON_COMPENSATION'
  | 'SEVERAL_EACH'
  | 'MAPPED_FLOW'
  | 'MAPPED_UPSTREAM'
  | 'UNMAPPED_UPSTREAM'
  | 'UNKNOWN_TASK'
  | 'NOT_COMPENSABLE'
  | 'DUPLICATE_COMPENSATION'
  | 'TOO_MANY_PARAMETERS'
  | 'NOT_A_WORKFLOW'
  | 'NOT_A_METHOD'
  | 'NOT_A_FUNCTION';

/** Collects what is wrong, so that everything is reported together. */
export class IssueList {
  readonly issues: DefinitionIssue[] = [];

  constructor(readonly label: string) {}

  /** @param node the node it is about; `undefined`: the workflow as a whole */
  add(code: IssueCode, node: string | undefined, message: string): void {
    this.issues.push({ code, message, where: node === undefined ? this.label : `${this.label}.${printable(node)}` });
  }
}

/** A name from a user's hand, safe to print: control characters escaped, and not longer than a line. */
export function printable(name: string): string {
  const escaped = JSON.stringify(name)
    .slice(1, -1)
    .replace(/[\u007f-\u009f\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped.length > 120 ? `${escaped.slice(0, 120)}…` : escaped;
}
