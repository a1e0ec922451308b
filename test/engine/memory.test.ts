import { engineSuite } from './engine-suite';
import { hardCasesSuite } from './hard-cases-suite';

const openDatabase = async () => ({ database: 'memory:', drop: async () => undefined });

engineSuite('memory', openDatabase);
hardCasesSuite('memory', openDatabase);
