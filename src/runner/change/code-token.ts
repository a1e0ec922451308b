/** What a worker's code of one flow is: a fingerprint for each version of the workflow that it has. */
export interface CodeVersion {
  /** Absent where the workflow names none. */
  readonly version: string | undefined;
  /** Of the flow; absent where this version has it not. */
  readonly fingerprint: string | undefined;
}

/**
 * What a run remembers of code that refused it: one text for all that a worker has of the flow, because another worker may have one of
 * these versions and another one besides. Without a version it is the fingerprint alone.
 */
export function codeToken(versions: readonly CodeVersion[]): string {
  const [only, ...others] = versions;
  if (only?.fingerprint !== undefined && only.version === undefined && others.length === 0) return only.fingerprint;
  return JSON.stringify(versions.map(({ version, fingerprint }) => [version ?? null, fingerprint ?? null]).sort());
}

/** What a token was made of; nothing where it is of a workflow without the flow. */
export function readCodeToken(token: string): readonly CodeVersion[] {
  if (token.startsWith(WITHOUT_FLOW)) return [];
  if (!token.startsWith('[')) return [{ version: undefined, fingerprint: token }];
  const pairs = JSON.parse(token) as [string | null, string | null][];
  return pairs.map(([version, fingerprint]) => ({
    version: version ?? undefined,
    fingerprint: fingerprint ?? undefined,
  }));
}

const WITHOUT_FLOW = 'workflow:';

/** What a run of a flow that none of the versions has is refused by: the whole workflow as it stands there. */
export function withoutFlowToken(fingerprints: readonly string[]): string {
  return `${WITHOUT_FLOW}${[...fingerprints].sort().join('+')}`;
}

/**
 * Whether code of one version may execute a run that code of the other began: where both have a version it must be the same one.
 * Without one, only the graph decides.
 */
export function mayExecute(code: string | undefined, run: string | undefined): boolean {
  return code === undefined || run === undefined || code === run;
}
