import { engineSuite } from './engine-suite';

engineSuite('memory', async () => ({ database: 'memory:', drop: async () => undefined }));
