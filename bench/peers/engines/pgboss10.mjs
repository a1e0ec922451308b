import PgBoss from 'pg-boss-10';
import { pgbossEngine } from '../lib/pgboss.mjs';

export const engine = pgbossEngine(PgBoss, 10);
