import * as graphile from 'graphile-worker-18';
import { graphileEngine } from '../lib/graphile.mjs';

export const engine = graphileEngine(graphile, { hasPresets: true });
