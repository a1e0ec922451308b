const MAX_LENGTH = 200;

/** A thrown value in a few words, for another error's message. Never throws, whatever it is handed. */
export function briefly(thrown: unknown): string {
  try {
    if (typeof thrown === 'object' && thrown !== null) {
      const { name, message } = thrown as { readonly name?: unknown; readonly message?: unknown };
      if (typeof message === 'string') return cut(typeof name === 'string' ? `${name}: ${message}` : message);
      return 'an object that is no Error';
    }
    return typeof thrown === 'function' ? 'a function' : cut(String(thrown));
  } catch {
    return 'an object that cannot be read';
  }
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
