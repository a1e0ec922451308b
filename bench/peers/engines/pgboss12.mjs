import { PgBoss } from 'pg-boss-12';
import { pgbossEngine } from '../lib/pgboss.mjs';

export const engine = pgbossEngine(PgBoss, 12);
