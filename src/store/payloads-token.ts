const PREFIX = 'payloads:';

/** What a run remembers of workers with this keyring that could not open its values: it is among those of refused code (`ClaimParams.fingerprints`). */
export function payloadsToken(keyring: string): string {
  return `${PREFIX}${keyring}`;
}

/** Of workers without a payload codec. */
export const WITHOUT_CODEC = `${PREFIX}-`;

export function isPayloadsToken(token: string): boolean {
  return token.startsWith(PREFIX);
}
