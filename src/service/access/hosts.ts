import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { CrossSiteRequestError, HostNotAllowedError } from '../../core/errors/request-errors';

/** Whether an address is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || name === '::1') return true;
  return /^(::ffff:)?127(\.\d{1,3}){3}$/.test(name) && isIP(name) !== 0;
}

/**
 * Against DNS rebinding: a page of `evil.example` can make its name point to 127.0.0.1, and its requests are then of its own origin to the
 * browser. What it cannot do is name another host than its own.
 */
export function hostGuard(allowedHosts: readonly string[]): (request: FastifyRequest) => void {
  if (allowedHosts.includes('*')) return () => undefined;
  const allowed = new Set(['localhost', ...allowedHosts.map((host) => host.toLowerCase())]);
  return ({ headers }) => {
    const name = nameOf(headers.host ?? '');
    if (name === undefined || !(isIP(name) !== 0 || allowed.has(name))) throw new HostNotAllowedError();
  };
}

/** The name in a `Host` header, without its port and the brackets of IPv6. */
function nameOf(host: string): string | undefined {
  const match = /^(?:\[([\da-f:.]+)\]|([a-z\d._-]+))(?::\d{1,5})?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

/**
 * Against pages of other sites that send requests on behalf of who looks at them. Programs that are no browsers send neither header. A browser that knows
 * `Sec-Fetch-Site` says by it where a request comes from; others send `Origin` with whatever changes something.
 */
export function refuseCrossSite({ headers, method }: Pick<FastifyRequest, 'headers' | 'method'>): void {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return;
  if (site !== undefined) {
    // A link to here from elsewhere is followed; it shows something to who clicked, and nothing to the page.
    const isNavigation = headers['sec-fetch-mode'] === 'navigate' && (method === 'GET' || method === 'HEAD');
    if (isNavigation) return;
    throw new CrossSiteRequestError();
  }
  const { origin } = headers;
  if (origin !== undefined && hostOf(origin) !== headers.host?.toLowerCase()) throw new CrossSiteRequestError();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
