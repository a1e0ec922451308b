import { ServiceUnreachableError, toServiceError } from './service-errors';

export interface ServiceAddress {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | undefined;
}

export interface ServiceRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** A status that is an answer, though it is none of success. */
  readonly also?: number;
  /** What the answer's object must have. Without it there must be no answer but the status that says so. */
  readonly has?: readonly string[];
}

export interface ServiceAnswer {
  /** Of HTTP. */
  readonly status: number;
  /** `undefined` where there is none. */
  readonly body: unknown;
}

const TIMEOUT_MS = 30_000;

/** Requests to a service, and its answers or errors. */
export class ServiceClient {
  readonly #address: ServiceAddress;

  constructor(address: ServiceAddress) {
    this.#address = address;
  }

  /** An answer and its JSON. @throws ServiceAnswerError, ServiceUnreachableError */
  async request(path: string, request: ServiceRequest = {}): Promise<ServiceAnswer> {
    const timeout = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    const response = await this.#fetch(path, { ...request, signal });
    const answer = { status: response.status, body: await readJson(response, request.signal) };
    if (isAnswerTo(request, answer)) return answer;
    throw new ServiceUnreachableError(
      `${response.url} answered with something else than a Typeflow service does; is there one at this address?`,
    );
  }

  /** An answer that goes on; `undefined` where there is nothing more. @throws ServiceAnswerError, ServiceUnreachableError */
  async open(path: string, request: ServiceRequest): Promise<ReadableStream<Uint8Array> | undefined> {
    const { status, body } = await this.#fetch(path, request);
    return status === 204 || body === null ? undefined : (body as ReadableStream<Uint8Array>);
  }

  async #fetch(path: string, request: ServiceRequest): Promise<Response> {
    const { method = 'GET', body, headers, signal } = request;
    const { url, token } = this.#address;
    let response: Response;
    try {
      response = await fetch(`${url}${path}${queryOf(request)}`, {
        method,
        // A token goes to this address and to no other.
        redirect: 'error',
        headers: {
          accept: 'application/json, text/event-stream',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
      });
    } catch (error) {
      if (request.signal?.aborted === true && Object(error).name === 'AbortError') throw error;
      throw new ServiceUnreachableError(`no answer from the service at ${url} (${causeOf(error)})`, { cause: error });
    }
    if (response.ok || response.status === request.also) return response;
    throw toServiceError(response.status, await readJson(response).catch(() => undefined));
  }
}

/** A proxy, or another server, may say that all went well. */
function isAnswerTo({ has }: ServiceRequest, { status, body }: ServiceAnswer): boolean {
  if (has === undefined) return status === 204;
  if (typeof body !== 'object' || body === null) return false;
  const { items = [] } = body as { readonly items?: unknown };
  return has.every((key) => key in body) && Array.isArray(items);
}

async function readJson(response: Response, leaving?: AbortSignal): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    if (leaving?.aborted === true) throw error;
    throw new ServiceUnreachableError(`the answer of ${response.url} broke off (${causeOf(error)})`, { cause: error });
  }
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ServiceUnreachableError(`${response.url} answered with something else than JSON`, { cause: error });
  }
}

function queryOf({ query = {} }: ServiceRequest): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) params.append(name, String(one));
  }
  return params.size === 0 ? '' : `?${params.toString()}`;
}

/** What fetch wraps into "fetch failed". */
function causeOf(error: unknown): string {
  const { cause, name, message } = Object(error) as { cause?: unknown; name?: string; message?: string };
  const { code, message: inner } = Object(cause) as { code?: string; message?: string };
  return name === 'TimeoutError' ? 'it took too long' : (code ?? inner ?? message ?? 'no reason given');
}
