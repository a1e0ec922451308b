import type {
  AnyContext,
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
import type { Mistake } from './mistake';
import type { AnyFunction, NodeResult, UnstoredResult } from './stored';
import type { InputOf } from './workflow-types';

/** `unknown`, which everything is assignable to, or the first mistake of a task or flow. */
export type MethodCheck<
  T,
  K extends string,
  F extends AnyFunction,
  D extends readonly unknown[],
  Kind extends 'task' | 'flow',
  Checked,
> = T extends AnyClass
  ? `"${K}" is static: a ${Kind} is a method of instances`
  : IsTuple<D> extends false
    ? unknown
    : OrElse<
        DependencyMistake<T, K, D>,
        OrElse<
          ShapeMistake<D, Kind>,
          OrElse<ParametersMistake<T, D, Parameters<F>, Kind>, SchemaMistake<Checked, InputOf<Parameters<F>>>>
        >
      >;

/** `unknown`, or the mistake of a compensation of `Task`. */
export type CompensationCheck<T, Task extends string, F extends AnyFunction> =
  IsDynamic<Task> extends true
    ? unknown
    : Task extends keyof T
      ? T[Task] extends AnyFunction
        ? AcceptsArguments<F, [NodeResult<T[Task]>, AnyContext]> extends true
          ? unknown
          : Mistake<
              `a compensation takes what "${Task}" returned and the context`,
              { returned: NodeResult<T[Task]>; declared: Parameters<F>[0] }
            >
        : `@Compensate names "${Task}", which is a property of this class and no method`
      : `@Compensate names "${Task}", which is no method of this class`;

/** The input of a run is what the schema puts out. */
export type SchemaMistake<Checked, Declared> = [Checked] extends [Declared]
  ? never
  : Mistake<'the flow declares another input than its schema puts out', { schema: Checked; declared: Declared }>;

type AnyClass = abstract new (...args: never) => unknown;

/** The mistake, or what follows where there is none. */
type OrElse<First, Next> = [First] extends [never] ? ([Next] extends [never] ? unknown : Next) : First;

/** Of each entry that names nothing one could depend on. */
type DependencyMistake<T, K extends string, D extends readonly unknown[]> = {
  [I in keyof D]: EntryMistake<T, K, RuleOf<D[I]>, NameOf<D[I]>>;
}[number];

type EntryMistake<T, K extends string, Rule extends string, Name extends string> =
  IsDynamic<Name> extends true
    ? never
    : Name extends K
      ? `dependsOn names "${Name}", the method itself`
      : Name extends keyof T
        ? T[Name] extends AnyFunction
          ? Rule extends 'each'
            ? NodeResult<T[Name]> extends readonly unknown[]
              ? never
              : Mistake<
                  `each("${Name}") needs an array, which "${Name}" does not return`,
                  { returned: NodeResult<T[Name]> }
                >
            : never
          : `dependsOn names "${Name}", which is a property of this class and no method`
        : `dependsOn names "${Name}", which is no method of this class`;

type ShapeMistake<D extends readonly unknown[], Kind extends 'task' | 'flow'> = [RepeatedName<D>] extends [never]
  ? HasSeveralEach<D> extends true
    ? 'dependsOn has two each(): a task is mapped over one array; join them in a task of their own'
    : Kind extends 'flow'
      ? 'each' extends RuleOf<D[number]>
        ? 'a flow has one result and cannot be mapped: use each() in a task, and all() of that task here'
        : never
      : never
  : `dependsOn names "${RepeatedName<D>}" twice`;

type ParametersMistake<
  T,
  D extends readonly unknown[],
  P extends readonly unknown[],
  Kind extends 'task' | 'flow',
> = D extends readonly []
  ? RootMistake<P, Kind>
  : AcceptsParameters<P, [...Arguments<T, D>, AnyContext]> extends true
    ? Kind extends 'flow'
      ? IsContext<LastOf<P>> extends true
        ? never
        : 'a flow with dependencies declares its context last, as in "ctx: TaskContext<Input>": this is where the type of the input comes from'
      : never
    : Culprit<T, D, Arguments<T, D>, P>;

type RootMistake<P extends readonly unknown[], Kind extends 'task' | 'flow'> =
  IsContext<P[0]> extends true
    ? `the first parameter is the input: a ${Kind} without dependencies gets (input, ctx)`
    : // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the input of any flow
      AcceptsParameters<P, [any, AnyContext]> extends true
      ? Kind extends 'flow'
        ? InputMistake<P>
        : never
      : `too many parameters, or another order: a ${Kind} without dependencies gets (input, ctx)`;

/** `run` takes the type of the input from the context where there is one, so it must be the same. */
type InputMistake<P extends readonly unknown[]> =
  LastOf<P> extends { readonly input: infer Input }
    ? IsContext<LastOf<P>> extends true
      ? [Input] extends [P[0]]
        ? never
        : Mistake<
            'the context is declared for another input than the first parameter',
            { context: Input; parameter: P[0] }
          >
      : never
    : never;

/** The arguments that the dependencies make, in their order. */
type Arguments<T, D extends readonly unknown[]> = {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- names that are made at run time hand on anything
  -readonly [I in keyof D]: NameOf<D[I]> extends keyof T ? ArgumentOf<D[I], NodeResult<T[NameOf<D[I]>]>> : any;
};

type AcceptsParameters<P extends readonly unknown[], Given extends readonly unknown[]> = ((
  ...args: P
) => void) extends (...args: Given) => void
  ? true
  : false;

type AcceptsArguments<F extends AnyFunction, Given extends readonly unknown[]> = AcceptsParameters<
  Parameters<F>,
  Given
>;

/** The first parameter that does not take its argument. */
type Culprit<
  T,
  D extends readonly unknown[],
  Given extends readonly unknown[],
  P extends readonly unknown[],
  Before extends readonly unknown[] = [],
> = Given extends readonly [infer Value, ...infer Values]
  ? P extends readonly [(infer Parameter)?, ...infer Parameters]
    ? AcceptsParameters<[Parameter], [Value]> extends true
      ? Culprit<T, D, Values, Parameters, [...Before, unknown]>
      : WrongParameter<T, D[Before['length']], Value, Parameter, [...Before, unknown]['length'] & number>
    : never
  : TooMany;

type WrongParameter<T, Entry, Value, Parameter, Position extends number> =
  IsContext<Parameter> extends true
    ? `parameter ${Position} gets what ${Written<Entry>} hands on: the context comes after the values of all dependencies`
    : Mistake<
        AcceptsParameters<[Parameter], [UnstoredArgument<T, Entry>]> extends true
          ? `parameter ${Position} cannot take what ${Written<Entry>} hands on: instances of classes arrive as plain objects, without methods`
          : `parameter ${Position} cannot take what ${Written<Entry>} hands on`,
        { handedOn: Value; declared: Parameter }
      >;

/** The argument as it would be if values were not stored in between. */
type UnstoredArgument<T, Entry> =
  NameOf<Entry> extends keyof T ? ArgumentOf<Entry, UnstoredResult<T[NameOf<Entry>]>> : never;

type TooMany = 'too many parameters: a method gets one value for each entry of dependsOn, and the context last';

type Written<Entry> = Entry extends string ? `"${Entry}"` : `${RuleOf<Entry>}("${NameOf<Entry>}")`;
