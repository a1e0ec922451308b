import { changeSuite } from './change-suite';
import { childrenSuite } from './children-suite';
import { compensationSuite } from './compensation-suite';
import { concurrencySuite } from './concurrency-suite';
import { eventsSuite } from './events-suite';
import { executionSuite } from './execution-suite';
import { explainSuite } from './explain-suite';
import { hardCasesSuite } from './hard-cases-suite';
import { heldSuite } from './held-suite';
import { lifecycleSuite } from './lifecycle-suite';
import { retentionSuite } from './retention-suite';
import { schedulesSuite } from './schedules-suite';
import { waitsSuite } from './waits-suite';

const openDatabase = async () => ({ database: 'memory:', drop: async () => undefined });

executionSuite('memory', openDatabase);
lifecycleSuite('memory', openDatabase);
hardCasesSuite('memory', openDatabase);
retentionSuite('memory', openDatabase);
waitsSuite('memory', openDatabase);
schedulesSuite('memory', openDatabase);
childrenSuite('memory', openDatabase);
compensationSuite('memory', openDatabase);
explainSuite('memory', openDatabase);
heldSuite('memory', openDatabase);
concurrencySuite('memory', openDatabase);
changeSuite('memory', openDatabase);
eventsSuite('memory', openDatabase);
