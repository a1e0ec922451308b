import fc from 'fast-check';

/** Text that can be stored: no `\u0000`; fast-check's graphemes are well-formed. */
export const storableText = fc
  .oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 6 }))
  .map((text) => text.toWellFormed().replaceAll('\0', ''));

/** Keys that have surprised: tags, prototypes, integers, other scripts, beyond the basic plane. */
const oddKeys = fc.constantFrom(
  '$type',
  '$$type',
  'value',
  '__proto__',
  'constructor',
  '10',
  '9',
  '-1',
  '',
  'é',
  'zz',
  '𝒳',
  '\uffee',
  'ab',
);

const withStack = (error: Error): Error => Object.assign(error, { stack: `${error.name}: at test` });

const scalars: fc.Arbitrary<unknown> = fc.oneof(
  storableText,
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, NaN, -0, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE, 1e21, 1e-7),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 9 }),
  fc.int16Array({ maxLength: 5 }),
  fc.float64Array({ maxLength: 3 }),
  fc.bigUint64Array({ maxLength: 3 }),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => Uint8Array.from(bytes).buffer),
  fc.webUrl().map((url) => new URL(url)),
  fc.constantFrom(/a\/b/giu, /^$/, new RegExp('')),
);

/** Any value that arrives as it was sent. */
export const keptValues: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(storableText, oddKeys), tie('value'), { maxKeys: 5, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((members) => new Set(members)),
    fc.tuple(storableText, tie('value')).map(([message, cause]) => withStack(new TypeError(message, { cause }))),
    fc.array(tie('value'), { maxLength: 2 }).map((errors) => withStack(new AggregateError(errors, 'several'))),
  ),
})).value;
