import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Role } from '../application/service-options';
import type { Answer } from './schemas/answers';
import type { JsonSchema } from './schemas/json-schema';

/** One operation of the service: what it is called, who may call it, what it takes and answers, and what does it. */
export interface ServiceRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the prefix, with parameters as `:name`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: 'runs' | 'definitions' | 'schedules' | 'fleet' | 'service';
  readonly summary: string;
  /** The least that may call it. */
  readonly role: Role;
  readonly params?: JsonSchema;
  readonly query?: JsonSchema;
  readonly headers?: JsonSchema;
  readonly body?: JsonSchema;
  readonly answers: Readonly<Record<string, Answer>>;
  /** What it returns is the body. Its request has passed the schemas. */
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}
