import type { TaskContext } from '../core/task-context';
import type {
  ArgumentOf,
  HasSeveralEach,
  IsContext,
  IsDynamic,
  IsTuple,
  LastOf,
  NameOf,
  RepeatedName,
  RuleOf,
} from './edge-arguments';
import type { SchemaMistake } from './check-method';
import type { Mistake } from './mistake';
import type { AnyFunction } from './stored';

/** What the builder knows of a node. */
export interface NodeType {
  readonly result: unknown;
  readonly mapped: boolean;
}

/** The name, unless it is taken. */
export type NewName<Nodes, Name extends string> =
  IsUnchecked<Nodes, Name> extends true
    ? Name
    : IsDeclared<Nodes, Name> extends true
      ? `"${Name}" is declared already`
      : Name;

/** The name of a task to compensate. */
export type TaskName<Nodes, Name extends string> =
  IsUnchecked<Nodes, Name> extends true
    ? Name
    : IsDeclared<Nodes, Name> extends true
      ? Name
      : `"${Name}" is not declared before`;

/**
 * A type of its own, because within `Name extends keyof Nodes ? …` the compiler writes out each message for each node, which takes
 * time with the square of their number.
 */
type IsDeclared<Nodes, Name extends string> = Name extends keyof Nodes ? true : false;

/**
 * Whether the compiler cannot know what a name is about: it is made at run time, or the builder is a variable whose nodes were added by
 * statements. The type of a variable stays what it was; only a chain of calls carries names along.
 */
type IsUnchecked<Nodes, Name extends string> = {} extends Nodes ? true : IsDynamic<Name>;

/** `dependsOn` as it was written, with a message in the place of each entry that is wrong. */
export interface CheckedDependencies<Nodes, D extends readonly unknown[], Kind extends 'task' | 'flow'> {
  readonly dependsOn?: IsTuple<D> extends true ? CheckedTuple<Nodes, D, Kind> : D;
}

type CheckedTuple<Nodes, D extends readonly unknown[], Kind extends 'task' | 'flow'> = [RepeatedName<D>] extends [never]
  ? HasSeveralEach<D> extends true
    ? Mistake<'dependsOn has two each(): a task is mapped over one array; join them in a task of their own'>
    : { [I in keyof D]: CheckedEntry<Nodes, D[I], NameOf<D[I]>, RuleOf<D[I]>, Kind> }
  : Mistake<`dependsOn names "${RepeatedName<D>}" twice`>;

type CheckedEntry<Nodes, Entry, Name extends string, Rule, Kind extends 'task' | 'flow'> =
  IsUnchecked<Nodes, Name> extends true
    ? Entry
    : Nodes extends Readonly<Record<Name, { readonly result: infer Result; readonly mapped: infer Mapped }>>
      ? CheckedRule<Entry, Name, Rule, Result, Mapped, Kind>
      : Mistake<`dependsOn names "${Name}", which is not declared before`>;

/** Where only run time will tell whether the upstream is mapped, any edge may be right. */
type CheckedRule<
  Entry,
  Name extends string,
  Rule,
  Result,
  Mapped,
  Kind extends 'task' | 'flow',
> = boolean extends Mapped
  ? Entry
  : Mapped extends true
    ? Rule extends 'all' | 'allSettled' | 'failed'
      ? Entry
      : Mistake<`"${Name}" is mapped and has a value for each element: use all() or allSettled()`>
    : Rule extends 'all' | 'allSettled'
      ? Mistake<`"${Name}" is not mapped, it has one value: name it without all() or allSettled()`>
      : Rule extends 'each'
        ? CheckedEach<Entry, Name, Result, Kind>
        : Entry;

type CheckedEach<Entry, Name extends string, Result, Kind extends 'task' | 'flow'> = Kind extends 'flow'
  ? Mistake<'a flow has one result and cannot be mapped: use each() in a task, and all() of that task here'>
  : Result extends readonly unknown[]
    ? Entry
    : Mistake<`each("${Name}") needs an array, which "${Name}" does not return`, { returned: Result }>;

/** The function of a node: its arguments are known to the compiler, so parameters need no annotation. */
export type NodeFunctionOf<Nodes, D extends readonly unknown[], Input> =
  IsTuple<D> extends true
    ? (...args: [...ArgumentsOf<Nodes, D, Input>, ctx: TaskContext<Input>]) => unknown
    : AnyFunction;

type ArgumentsOf<Nodes, D extends readonly unknown[], Input> = D extends readonly []
  ? [input: Input]
  : { -readonly [I in keyof D]: ArgumentOf<D[I], ResultNamed<Nodes, NameOf<D[I]>>> };

/** The function of a compensation. */
export type CompensationOf<Nodes, Name extends string, Input> = (
  result: ResultNamed<Nodes, Name>,
  ctx: TaskContext<Input>,
) => unknown;

type ResultNamed<Nodes, Name extends string> =
  IsUnchecked<Nodes, Name> extends true
    ? // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a name that is not checked hands on anything
      any
    : Nodes extends Readonly<Record<Name, { readonly result: infer Result }>>
      ? Result
      : // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the name is wrong, which is said elsewhere
        any;

/** `unknown`, or the mistake of a flow that declares another input than its schema puts out. */
export type CheckedFlow<Checked, Declared> = [SchemaMistake<Checked, Declared>] extends [never]
  ? unknown
  : SchemaMistake<Checked, Declared>;

/** The input of a flow: its function tells, else the builder does. */
export type BuilderFlowInput<F extends AnyFunction, D extends readonly unknown[], Input> =
  IsContext<LastOf<Parameters<F>>> extends true
    ? LastOf<Parameters<F>> extends { readonly input: infer Declared }
      ? Declared
      : never
    : D extends readonly []
      ? Parameters<F> extends readonly []
        ? void
        : Parameters<F>[0]
      : Input;
