import type { Outcome, TaskError } from '../core/outcome';
import type { TaskContext } from '../core/task-context';
import type { Edge } from '../graph/edge';
import type { Dependency } from './edges';

/** The name that an entry of `dependsOn` is about. */
export type NameOf<Entry> = Entry extends string
  ? Entry
  : Entry extends { readonly from: infer Name extends string }
    ? Name
    : never;

/** The rule of an entry of `dependsOn`. */
export type RuleOf<Entry> = Entry extends string
  ? 'completed'
  : Entry extends Pick<Edge, 'rule'>
    ? Entry['rule']
    : never;

/** True for `string` and patterns like `step${number}`: names that are only known at run time. */
export type IsDynamic<Name extends string> = {} extends Record<Name, 1> ? true : false;

type IsUnion<T, Member = T> = Member extends T ? ([T] extends [Member] ? false : true) : never;

/** True when the compiler knows the dependencies one by one: no array of any length, and no choice between two lists. */
export type IsTuple<D extends readonly unknown[]> = number extends D['length']
  ? false
  : true extends IsUnion<D>
    ? false
    : true;

/** What a node whose upstream's result is `Result` gets as the argument of `Entry`. */
export type ArgumentOf<Entry, Result> = {
  completed: Result;
  optional: Result | undefined;
  settled: Outcome<Result>;
  failed: TaskError;
  each: Result extends readonly (infer Element)[] ? Element : never;
  all: Result[];
  allSettled: Outcome<Result>[];
}[RuleOf<Entry>];

/** Whether a node with these dependencies is mapped; `boolean` where that is only known at run time. */
export type IsMapped<D extends readonly Dependency[]> =
  IsTuple<D> extends false ? boolean : 'each' extends RuleOf<D[number]> ? true : false;

/** A name that two entries share, as it would be written; `never` without one. */
export type RepeatedName<D extends readonly unknown[]> = D extends readonly [infer Head, ...infer Tail]
  ? NameOf<Head> extends NameOf<Tail[number]>
    ? NameOf<Head>
    : RepeatedName<Tail>
  : never;

/** Whether there is more than one `each` among the entries. */
export type HasSeveralEach<D extends readonly unknown[]> =
  true extends IsUnion<Extract<D[number], { readonly rule: 'each' }>> ? true : false;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the context of any input
export type AnyContext = TaskContext<any>;

/** Whether a parameter is declared as the context; one of type `any` is a value. */
export type IsContext<P> = 0 extends 1 & P
  ? false
  : [Exclude<P, undefined>] extends [never]
    ? false
    : Exclude<P, undefined> extends AnyContext
      ? true
      : false;

/** The last parameter, `never` without one. */
export type LastOf<P extends readonly unknown[]> =
  Required<P> extends readonly [...unknown[], infer Last] ? Last : never;
