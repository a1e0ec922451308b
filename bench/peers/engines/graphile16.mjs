import * as graphile from 'graphile-worker-16';
import { graphileEngine } from '../lib/graphile.mjs';

export const engine = graphileEngine(graphile, { hasPresets: false });
