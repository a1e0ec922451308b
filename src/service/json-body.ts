import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { RequestInvalidError } from '../core/errors/request-errors';

/** Nothing but JSON is parsed; an empty body is an empty object, so that what has no options can be asked for by a bare `POST`. */
export function takeJsonOnly(instance: FastifyInstance): void {
  const parseJson = instance.getDefaultJsonParser('error', 'error');
  instance.removeAllContentTypeParsers();
  // Read as text, bytes that are no UTF-8 would become other characters without a word.
  instance.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, {});
    if (!isUtf8(body)) return done(refusal('must be UTF-8'));
    void parseJson(request, body.toString('utf8'), (error, value) => {
      // What a parser says may quote the body.
      if (error === null) done(null, value);
      else done(refusal('must be JSON, without __proto__ in it'));
    });
  });
}

function refusal(detail: string): RequestInvalidError {
  return new RequestInvalidError([{ in: 'body', pointer: '', detail }]);
}
