/**
 * Turns values into something that only those who have its keys can read, before they are stored: encryption at rest, compression, or both.
 * Both functions stand in hot paths and answer at once; keys that a service keeps are fetched before the runner is created.
 */
export interface PayloadCodec {
  /**
   * Says what this codec can open, such as the ids of its keys; no secret. A run whose values a worker could not open remembers this text, and
   * is left to workers with another one. Default `''`.
   */
  readonly keyring?: string;
  /**
   * Seals a value. What is returned is stored as text within JSON: any text without `\u0000` and lone surrogates.
   *
   * @param text JSON, or free text
   * @param context where the value belongs, such as `output of run …`. It is the same for `open`, so it may be authenticated with the value
   */
  seal(text: string, context: string): string;
  /**
   * The text that was sealed. Whatever it throws counts as: this value cannot be opened here.
   *
   * @param sealed what `seal` of this codec returned, now or under earlier keys
   */
  open(sealed: string, context: string): string;
}
