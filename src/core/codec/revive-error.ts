import { setData } from './tags';

const NATIVE_ERRORS: ReadonlyMap<string, ErrorConstructor> = new Map<string, ErrorConstructor>([
  ['Error', Error],
  ['EvalError', EvalError],
  ['RangeError', RangeError],
  ['ReferenceError', ReferenceError],
  ['SyntaxError', SyntaxError],
  ['TypeError', TypeError],
  ['URIError', URIError],
]);

/**
 * An error from its stored fields: of the language's own class where the name is one of those, else an `Error` with that name. A
 * user's class is not looked up, as the process that reads may not have it.
 */
export function reviveError(fields: Readonly<Record<string, unknown>>): Error {
  const error = construct(fields);
  hide(error, 'stack', fields['stack']);
  if (error.name !== fields['name']) hide(error, 'name', fields['name']);
  if (error.message !== fields['message']) hide(error, 'message', fields['message']);
  if ('cause' in fields) hide(error, 'cause', fields['cause']);
  if ('code' in fields) setData(error, 'code', fields['code']);
  for (const [key, value] of Object.entries(fields['data'] ?? {})) setData(error, key, value);
  return error;
}

function construct({ name, message, errors }: Readonly<Record<string, unknown>>): Error {
  if (Array.isArray(errors)) return new AggregateError(errors, String(message));
  const Native = NATIVE_ERRORS.get(String(name)) ?? Error;
  return new Native(String(message));
}

/** As the language does it: `stack`, `cause` and the like do not show up when an error's properties are listed. */
function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}
