/**
 * What the compiler prints where something does not fit, because nothing is assignable to it: the message, and the types that
 * do not match.
 */
export interface Mistake<Message extends string, Types = unknown> {
  readonly mistake: Message;
  readonly types: Types;
}
