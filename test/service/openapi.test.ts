import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fastify } from 'fastify';
import type { Operations } from '../../src/application/operations';
import { typeflowService } from '../../src/service';
import { describeService } from './describe-service';

const { routes, document } = describeService();

describe('the OpenAPI document of the service', () => {
  it('is checked in as the routes say (npm run openapi writes it)', () => {
    const file = path.join(__dirname, '..', '..', 'docs', 'openapi.json');
    const checkedIn = JSON.parse(readFileSync(file, 'utf8'));
    // A release changes the version, and nothing else.
    const info = { ...document.info, version: checkedIn.info.version };
    expect(checkedIn).toEqual(JSON.parse(JSON.stringify({ ...document, info })));
  });

  it('has every route that the router has, and no other', async () => {
    const app = fastify();
    const found: string[] = [];
    app.addHook('onRoute', ({ method, url }) => void found.push(`${String(method)} ${url}`));
    await app.register(typeflowService, { operations: {} as Operations, auth: 'host' });
    await app.ready();
    const described = Object.entries(document.paths).flatMap(([url, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${url.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect([...described].sort()).toEqual([...found].sort());
    expect(routes).toHaveLength(found.length);
    await app.close();
  });

  it('names every operation once, and describes what it takes and answers', () => {
    const ids = routes.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { method, path: url, params, body, answers, summary } of routes) {
      const where = `${method} ${url}`;
      expect([where, summary]).toEqual([where, expect.stringMatching(/\.$/)]);
      const named = [...url.matchAll(/:(\w+)/g)].map(([, name]) => name);
      expect([where, Object.keys(params?.['properties'] ?? {})]).toEqual([where, named]);
      expect([where, body !== undefined]).toEqual([where, method === 'POST' || method === 'PUT']);
      expect(Object.keys(answers)).toEqual(expect.arrayContaining(['400', '401', '403', '429']));
    }
  });

  it('closes every object of a request: what is not known is refused', () => {
    const open: string[] = [];
    const look = (schema: unknown, where: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { type, additionalProperties } = schema as Record<string, unknown>;
      if (type === 'object' && additionalProperties !== false) open.push(where);
      for (const [name, one] of Object.entries(schema)) look(one, `${where}.${name}`);
    };
    for (const { operationId, params, query, body } of routes) {
      for (const [part, schema] of Object.entries({ params, query, body })) look(schema, `${operationId}.${part}`);
    }
    expect(open).toEqual([]);
  });

  it('refers only to schemas that it has', () => {
    const named = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(named.filter((name) => !(String(name) in document.components.schemas))).toEqual([]);
    const used = new Set(named);
    expect(Object.keys(document.components.schemas).filter((name) => !used.has(name))).toEqual([]);
  });
});
