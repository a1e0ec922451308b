import type { CreateRunParams } from './create-run';

/**
 * Runs that tasks of others wait for: part of the `Store` port, with its promises. A run that ends raises the inbox of its parent, and one that
 * ends FAILED or CANCELLED asks its open children to be cancelled, in the step that ends it (`RecordParams.family`).
 */
export interface Children {
  /** Starts a child, PENDING, for the owner of its parent; one that is there already, by its id, is left as it is. */
  start(params: StartChildParams): Promise<StartedChild>;
}

export interface StartChildParams {
  readonly run: Pick<
    CreateRunParams,
    | 'id'
    | 'workflow'
    | 'version'
    | 'flow'
    | 'fingerprint'
    | 'queue'
    | 'priority'
    | 'tags'
    | 'input'
    | 'inputHash'
    | 'trace'
  >;
  /** Only while it is RUNNING under this epoch. */
  readonly parent: { readonly runId: string; readonly epoch: number };
  /** It goes on when its parent ends otherwise than COMPLETED. */
  readonly isDetached: boolean;
}

/** `too-deep`: the parent has `MAX_ANCESTORS` runs above it. */
export type StartedChild = 'started' | 'exists' | 'lost' | 'too-deep';

/** How many runs may be above one. */
export const MAX_ANCESTORS = 32;
